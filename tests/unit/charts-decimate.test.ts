import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GAP, decimate } from '../../src/ui/charts/decimate';

const drawable = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const value = fc.oneof({ weight: 9, arbitrary: drawable }, { weight: 1, arbitrary: fc.constant(NaN) });
const column = fc.array(value, { minLength: 1, maxLength: 200 }).map((list) => Float64Array.from(list));
const pixels = fc.integer({ min: 1, max: 60 });

/** Evenly spaced points over a plot of so many pixels. */
function decimated(y: Float64Array, width: number): number[] {
  const x = y.map((_, i) => i);
  return decimate(x, y, y.length, { start: 0, perUnit: width / y.length });
}

const finite = (y: Float64Array): number[] => [...y.keys()].filter((i) => Number.isFinite(y[i]));
const points = (kept: number[]): number[] => kept.filter((index) => index !== GAP);

describe('decimation', () => {
  test('keeps the first, the last, the lowest and the highest point', () => {
    fc.assert(
      fc.property(column, pixels, (y, width) => {
        const all = finite(y);
        const kept = points(decimated(y, width));
        expect(kept.at(0)).toBe(all.at(0));
        expect(kept.at(-1)).toBe(all.at(-1));
        const range = (list: number[]) => [
          Math.min(...list.map((i) => y[i] ?? 0)),
          Math.max(...list.map((i) => y[i] ?? 0)),
        ];
        expect(range(kept)).toEqual(range(all));
      }),
    );
  });

  test('keeps the range of every pixel column, with at most two points each', () => {
    fc.assert(
      fc.property(column, pixels, (y, width) => {
        const columnOf = (i: number) => Math.floor((i * width) / y.length);
        const kept = points(decimated(y, width));
        expect(kept.length).toBeLessThanOrEqual(2 * width + 2);
        for (let at = 0; at < width; at++) {
          const range = (list: number[]) => {
            const inside = list.filter((i) => columnOf(i) === at).map((i) => y[i] ?? 0);
            return [Math.min(...inside), Math.max(...inside)];
          };
          expect(range(kept)).toEqual(range(finite(y)));
        }
      }),
    );
  });

  test('gives points in order, each once', () => {
    fc.assert(
      fc.property(column, pixels, (y, width) => {
        const kept = points(decimated(y, width));
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      }),
    );
  });

  test('keeps all points and gaps where there is room for them', () => {
    expect(decimated(Float64Array.of(NaN, 1, 2, NaN, NaN, 3, Infinity), 100)).toEqual([1, 2, GAP, 5]);
  });

  test('takes what a log axis cannot show for a gap', () => {
    const y = Float64Array.of(1, 0, 2, -1, 3);
    const kept = decimate(Float64Array.of(0, 1, 2, 3, 4), y, 5, { start: 0, perUnit: 10 }, 0);
    expect(kept).toEqual([0, GAP, 2, GAP, 4]);
  });

  test('counts only the first `length` entries', () => {
    const y = Float64Array.of(1, 2, 99);
    expect(decimate(Float64Array.of(0, 1, 0), y, 2, { start: 0, perUnit: 1 })).toEqual([0, 1]);
  });
});
