import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeLabels } from '../../src/ui/charts/place-labels';

const wanted = fc.array(fc.double({ min: -50, max: 350, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('placing labels', () => {
  test('never lets them overlap or leave the plot when they fit', () => {
    fc.assert(
      fc.property(wanted, (list) => {
        const placed = placeLabels(list, 14, 0, 300).sort((a, b) => a - b);
        for (const at of placed) {
          expect(at).toBeGreaterThanOrEqual(-1e-9);
          expect(at).toBeLessThanOrEqual(300 + 1e-9);
        }
        placed.slice(1).forEach((at, i) => expect(at - (placed[i] ?? 0)).toBeGreaterThanOrEqual(14 - 1e-9));
      }),
    );
  });

  test('keeps their order', () => {
    fc.assert(
      fc.property(wanted, (list) => {
        const placed = placeLabels(list, 14, 0, 300);
        list.forEach((a, i) =>
          list.forEach((b, j) => {
            if (a < b) expect(placed[i]).toBeLessThan(placed[j] ?? NaN);
          }),
        );
      }),
    );
  });

  test('moves none that has room', () => {
    expect(placeLabels([200, 10, 100], 14, 0, 300)).toEqual([200, 10, 100]);
  });

  test('moves two that collide by the same amount', () => {
    expect(placeLabels([100, 104], 14, 0, 300)).toEqual([95, 109]);
  });

  test('shares the room when they cannot fit', () => {
    expect(placeLabels([5, 5, 5], 14, 0, 10)).toEqual([0, 5, 10]);
  });

  test('has nothing to do without labels', () => {
    expect(placeLabels([], 14, 0, 10)).toEqual([]);
  });
});
