import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GAP, columnAt, decimate } from '../../src/ui/charts/decimate';
import { columnsOf, plotArea, xExtent, xScale } from '../../src/ui/charts/plot-area';

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

describe('a log x axis', () => {
  test('has its columns evenly spread over log x, and no place for what is not positive', () => {
    const x = Float64Array.from({ length: 1001 }, (_, i) => i);
    const area = plotArea(400, 200, 10, 0);
    const scale = xScale(xExtent([{ x, length: x.length }], true), area, true);
    const columns = columnsOf(scale);
    for (const at of [1, 2, 10, 999.5]) expect(columnAt(at, columns)).toBe(Math.floor(scale(at) + 1e-9));
    expect(Number.isFinite(columnAt(0, columns))).toBe(false);
    const kept = points(decimate(x, x, x.length, columns));
    expect([kept.at(0), kept.at(-1)]).toEqual([1, 1000]);
    expect(kept.length).toBeLessThan(2 * (area.right - area.left));
  });

  test('begins at the first positive place of any line', () => {
    const line = (...at: number[]) => ({ x: Float64Array.from(at), length: at.length });
    expect(xExtent([line(0, 20, 100), line(0, 5)], true)).toEqual([5, 100]);
    expect(xExtent([line(0)], true)).toEqual([1, 10]);
    expect(xExtent([line(7)], true)).toEqual([7, 70]);
    expect(xExtent([line(0, 20, 100)])).toEqual([0, 100]);
  });
});
