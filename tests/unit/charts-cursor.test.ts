import { expect, test } from 'vitest';
import { Cursor } from '../../src/ui/charts/cursor.svelte';

test('a cross-hair leaves with the pointer unless it is pinned', () => {
  const cursor = new Cursor();
  cursor.moveTo(3, 'loss', 'run');
  cursor.leave();
  expect([cursor.x, cursor.nearest]).toEqual([null, null]);

  cursor.moveTo(3, 'loss');
  cursor.togglePin();
  cursor.leave();
  expect(cursor.x).toBe(3);

  cursor.release();
  expect([cursor.x, cursor.pinned]).toEqual([null, false]);
});

test('a cross-hair that is nowhere cannot be pinned', () => {
  const cursor = new Cursor();
  cursor.togglePin();
  expect(cursor.pinned).toBe(false);
});
