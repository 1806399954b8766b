import { describe, expect, test } from 'vitest';
import { actionOf } from '../../src/ui/shortcuts';

const press = (key: string, more = {}) => ({
  ...{ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false },
  ...more,
});
/** As much of an element as is asked: whether one of the selectors' words is its own name. */
const focus = (name: string) =>
  ({ matches: (selectors: string) => selectors.split(', ').includes(name) }) as unknown as Element;

describe('shortcuts', () => {
  test('keys have their action, whatever their case', () => {
    expect(
      [' ', '.', 'l', 'L', 'X', 's', 'c', '?', 'q'].map((key) => actionOf(press(key), null, false)),
    ).toEqual(['trainOrPause', 'step', 'logY', 'logY', 'nextAxis', 'smoothing', 'copyLink', 'help', null]);
  });

  test('none in a field, in a dialog or with a modifier', () => {
    expect(actionOf(press('l'), focus('input'), false)).toBeNull();
    expect(actionOf(press('l'), focus('select'), false)).toBeNull();
    expect(actionOf(press('l'), null, true)).toBeNull();
    expect(actionOf(press('c', { ctrlKey: true }), null, false)).toBeNull();
  });

  test('a button that was just pressed keeps only the space bar for itself', () => {
    expect(actionOf(press(' '), focus('button'), false)).toBeNull();
    expect(actionOf(press('l'), focus('button'), false)).toBe('logY');
  });

  test('a key held down repeats steps only', () => {
    expect(actionOf(press('.', { repeat: true }), null, false)).toBe('step');
    expect(actionOf(press(' ', { repeat: true }), null, false)).toBeNull();
  });
});
