import { expect, test, vi } from 'vitest';
import { readOutLeft } from '../../src/ui/charts/read-out-place';
import { spendKey } from '../../src/ui/charts/spend-key';

test('a read-out stands right of its place, left where that is too near the edge, else where it fits', () => {
  expect(readOutLeft(100, 12, 80, 300)).toBe(112);
  expect(readOutLeft(250, 12, 80, 300)).toBe(158);
  expect(readOutLeft(100, 12, 250, 300)).toBe(50);
  expect(readOutLeft(100, 12, 400, 300)).toBe(0);
});

test('a key that a chart uses is spent, any other is left to the page', () => {
  const move = vi.fn();
  const press = (key: string) => {
    const event = Object.assign(new Event('keydown', { cancelable: true }), { key });
    const stopped = vi.spyOn(event, 'stopPropagation');
    spendKey(event as KeyboardEvent, { ArrowLeft: move });
    return [move.mock.calls.length, event.defaultPrevented, stopped.mock.calls.length > 0];
  };
  expect(press('ArrowLeft')).toEqual([1, true, true]);
  expect(press('l')).toEqual([1, false, false]);
  expect(press('toString')).toEqual([1, false, false]);
});
