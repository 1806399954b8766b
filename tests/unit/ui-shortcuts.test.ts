import { describe, expect, test } from 'vitest';
import { actionOf, SHORTCUT_GROUPS } from '../../src/ui/shortcuts';

const press = (key: string, more = {}) => ({
  ...{ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false },
  ...more,
});
/** As much of an element as is asked: whether one of the selectors' words is its own name. */
const focus = (name: string) =>
  ({ matches: (selectors: string) => selectors.split(', ').includes(name) }) as unknown as Element;

describe('shortcuts', () => {
  test('keys have their action, whatever their case', () => {
    const keys = [' ', '.', 'l', 'L', 'X', 's', 'c', '?', 'r', 'n', 'b', 'e', '/', 'q'];
    expect(keys.map((key) => actionOf(press(key), null, false))).toEqual([
      ...['trainOrPause', 'step', 'logY', 'logY', 'nextAxis', 'smoothing', 'copyLink', 'help'],
      ...['restart', 'newVariant', 'nextBaseline', 'exportRuns', 'search', null],
    ]);
    for (let digit = 1; digit <= 9; digit++)
      expect(actionOf(press(String(digit)), null, false)).toBe('toggleVariant');
    expect(actionOf(press('0'), null, false)).toBeNull();
  });

  test('Shift makes another key of some, and does no harm to those that need it on some keyboards', () => {
    const shifted = (key: string) => actionOf(press(key, { shiftKey: true }), null, false);
    expect(shifted('>')).toBe('stepTen'); // Shift and the full stop, as American keyboards tell it
    expect(shifted('.')).toBe('stepTen');
    expect(shifted('L')).toBe('logX');
    expect(actionOf(press('L'), null, false)).toBe('logY'); // caps lock
    expect(shifted('/')).toBe('search'); // Shift and 7 on German ones
    expect(shifted('?')).toBe('help');
  });

  test('none in a field, in a dialog or with a modifier', () => {
    expect(actionOf(press('l'), focus('input'), false)).toBeNull();
    expect(actionOf(press('l'), focus('select'), false)).toBeNull();
    expect(actionOf(press('1'), focus('textarea'), false)).toBeNull();
    expect(actionOf(press('l'), null, true)).toBeNull();
    expect(actionOf(press('c', { ctrlKey: true }), null, false)).toBeNull();
  });

  test('a button that was just pressed keeps only the space bar for itself, and so does a tied symbol', () => {
    for (const element of ['button', '[role="button"]']) {
      expect(actionOf(press(' '), focus(element), false)).toBeNull();
      expect(actionOf(press('l'), focus(element), false)).toBe('logY');
    }
  });

  test('a key held down repeats steps only', () => {
    expect(actionOf(press('.', { repeat: true }), null, false)).toBe('step');
    expect(actionOf(press(' ', { repeat: true }), null, false)).toBeNull();
    expect(actionOf(press('r', { repeat: true }), null, false)).toBeNull();
  });

  test('no key does two things', () => {
    const keys = SHORTCUT_GROUPS.flatMap(({ shortcuts }) =>
      shortcuts.flatMap(({ keys: own }): readonly string[] => own),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});
