import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { SeedBand, type SeedColumn } from '../../src/math/seed-band';

/** A seed that reports every ten steps. */
function seed(id: string, y: readonly number[], changes: Partial<SeedColumn> = {}): SeedColumn {
  const step = Float64Array.from(y, (_, i) => 10 * i);
  return { id, step, x: step, y: Float64Array.from(y), length: y.length, ...changes };
}

function bandOf(seeds: readonly SeedColumn[], options: { log?: boolean; sharedX?: boolean } = {}): SeedBand {
  const band = new SeedBand({ log: false, sharedX: true, ...options });
  band.extend(seeds);
  return band;
}

const rows = (band: SeedBand) =>
  Array.from({ length: band.length }, (_, i) => ({
    ...{ step: band.step[i], x: band.x[i], n: band.n[i] },
    ...{ y: band.y[i] ?? NaN, low: band.low[i] ?? NaN, high: band.high[i] ?? NaN },
  }));

/** Mean and interval in two passes, with the quantile of @stdlib. */
function reference(values: readonly number[]): { y: number; low: number; high: number } {
  const n = values.length;
  const y = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { y, low: NaN, high: NaN };
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - y) ** 2, 0) / (n - 1));
  const half = (tQuantile(0.975, n - 1) * deviation) / Math.sqrt(n);
  return { y, low: y - half, high: y + half };
}

function expectClose(found: number, wanted: number): void {
  if (Number.isNaN(wanted)) expect(found).toBeNaN();
  else expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(wanted)));
}

const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const curves = fc.array(fc.array(value, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });

describe('mean and band over seeds', () => {
  test('are Student’s of the seeds that got to a step, as @stdlib has it', () => {
    fc.assert(
      fc.property(curves, (all) => {
        const band = bandOf(all.map((y, i) => seed(String(i), y)));
        expect(band.length).toBe(Math.max(...all.map(({ length }) => length)));
        for (const [i, row] of rows(band).entries()) {
          const values = all.flatMap((y) => y[i] ?? []);
          const wanted = reference(values);
          expect(row.n).toBe(values.length);
          expect(row.x).toBe(10 * i);
          expectClose(row.y, wanted.y);
          expectClose(row.low, wanted.low);
          expectClose(row.high, wanted.high);
        }
      }),
    );
  });

  test('are the same however the points come', () => {
    const order = fc.array(fc.nat({ max: 5 }), { maxLength: 40 });
    fc.assert(
      fc.property(curves, order, fc.boolean(), (all, turns, sharedX) => {
        const whole = all.map((y, i) =>
          seed(String(i), y, sharedX ? {} : { x: Float64Array.from(y, (_, k) => (k + 1) * (i + 1)) }),
        );
        const grown = new SeedBand({ log: false, sharedX });
        const lengths = all.map(() => 0);
        const take = () =>
          grown.extend(
            whole.flatMap((one, i) => ((lengths[i] ?? 0) > 0 ? [{ ...one, length: lengths[i] ?? 0 }] : [])),
          );
        for (const turn of turns) {
          const i = turn % all.length;
          lengths[i] = Math.min((lengths[i] ?? 0) + 1, whole[i]?.length ?? 0);
          take();
        }
        for (const [i, { length }] of whole.entries()) lengths[i] = length;
        take();
        const [found, wanted] = [rows(grown), rows(bandOf(whole, { sharedX }))];
        expect(found.length).toBe(wanted.length);
        for (const [i, row] of found.entries()) {
          expect(row.n).toBe(wanted[i]?.n);
          for (const key of ['x', 'y', 'low', 'high'] as const)
            expectClose(row[key] ?? NaN, wanted[i]?.[key] ?? NaN);
        }
      }),
    );
  });

  test('of a single seed there is a mean and no band', () => {
    expect(rows(bandOf([seed('a', [3])]))).toEqual([{ step: 0, x: 0, n: 1, y: 3, low: NaN, high: NaN }]);
    expect(bandOf([seed('a', [3])]).seeds).toEqual([1, 1]);
    expect(bandOf([]).seeds).toBeNull();
  });

  test('equal values have a band without width', () => {
    expect(rows(bandOf([seed('a', [0.1]), seed('b', [0.1]), seed('c', [0.1])]))[0]).toMatchObject({
      ...{ y: 0.1, low: 0.1, high: 0.1 },
    });
  });

  test('a large offset does not cost the digits of a small spread', () => {
    const [row] = rows(bandOf([seed('a', [1e9 + 1]), seed('b', [1e9 + 2]), seed('c', [1e9 + 3])]));
    expect((row?.high ?? 0) - (row?.y ?? 0)).toBeCloseTo(tQuantile(0.975, 2) / Math.sqrt(3), 5);
  });

  test('count the seeds that rows are of', () => {
    const band = bandOf([seed('a', [1, 2, 3]), seed('b', [1, 2, 3]), seed('c', [1, 2])]);
    expect(band.seeds).toEqual([2, 3]);
    band.extend([seed('a', [1, 2, 3, 4]), seed('b', [1, 2, 3]), seed('c', [1, 2])]);
    expect(band.seeds).toEqual([1, 3]);
  });

  test('a value that is not finite leaves a gap at its step alone', () => {
    const found = rows(bandOf([seed('a', [1, NaN, 3]), seed('b', [2, 3, 4]), seed('c', [1, 2, Infinity])]));
    expect(found[0]?.y).toBeCloseTo(4 / 3);
    expect(found[1]).toMatchObject({ y: NaN, low: NaN, high: NaN, n: 3 });
    expect(Number.isFinite(found[2]?.y)).toBe(false);
    expect(found[2]?.low).toBeNaN();
  });

  test('a seed that is gone, or is told again from an earlier step, is taken out', () => {
    const [a, b] = [seed('a', [1, 2, 3]), seed('b', [3, 4, 5])];
    const band = bandOf([a, b]);
    band.extend([a]);
    expect(rows(band).map(({ y, n }) => [y, n])).toEqual([[1, 1], [2, 1], [3, 1]]); // prettier-ignore
    band.extend([a, b]);
    band.extend([a, seed('b', [3])]);
    expect(rows(band).map(({ y, n }) => [y, n])).toEqual([[2, 2], [2, 1], [3, 1]]); // prettier-ignore
    band.extend([a, seed('b', [5, 6, 7])]);
    expect(rows(band).map(({ y }) => y)).toEqual([3, 4, 5]);
  });

  test('steps of one seed that lie between those of another have rows of their own', () => {
    const [a, late] = [seed('a', [1, 2, 3]), { ...seed('b', [7, 9]), step: Float64Array.of(5, 10) }];
    late.x = late.step;
    const band = bandOf([a]);
    band.extend([a, late]);
    expect(rows(band).map(({ step, y, n }) => [step, y, n])).toEqual([
      [0, 1, 1],
      [5, 7, 1],
      [10, 5.5, 2],
      [20, 3, 1],
    ]);
  });
});

describe('on a log axis', () => {
  test('mean and band are of the logarithms', () => {
    const values = [0.5, 0.2, 0.05];
    const [row] = rows(
      bandOf(
        values.map((y, i) => seed(String(i), [y])),
        { log: true },
      ),
    );
    const wanted = reference(values.map(Math.log));
    expect(row?.y).toBeCloseTo(Math.cbrt(0.5 * 0.2 * 0.05), 12);
    expect(row?.low).toBeCloseTo(Math.exp(wanted.low), 12);
    expect(row?.high).toBeCloseTo(Math.exp(wanted.high), 10);
  });

  test('a value that has no logarithm leaves a gap', () => {
    const found = rows(bandOf([seed('a', [0, 1]), seed('b', [1, 1])], { log: true }));
    expect(found[0]).toMatchObject({ y: NaN, low: NaN });
    expect(found[1]).toMatchObject({ y: 1, low: 1, high: 1 });
  });
});

describe('on an axis of seconds', () => {
  const timed = (id: string, y: readonly number[], seconds: readonly number[]): SeedColumn =>
    seed(id, y, { x: Float64Array.from(seconds) });

  test('a step lies at the mean of the seeds’ seconds, and goes on at the pace of those that go on', () => {
    const fast = timed('fast', [1, 1, 1, 1], [1, 2, 3, 4]);
    const slow = timed('slow', [1, 1], [10, 20]);
    const band = bandOf([fast, slow], { sharedX: false });
    expect(rows(band).map(({ x }) => x)).toEqual([5.5, 11, 12, 13]); // not back to 3
    band.extend([fast, timed('slow', [1, 1, 1, 1], [10, 20, 30, 40])]);
    expect(rows(band).map(({ x }) => x)).toEqual([5.5, 11, 16.5, 22]);
  });

  test('never goes back', () => {
    const times = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), (all) => {
        const seeds = all.map((waits, i) => {
          let now = 0;
          return timed(
            String(i),
            waits,
            waits.map((wait) => (now += wait)),
          );
        });
        const xs = rows(bandOf(seeds, { sharedX: false })).map(({ x }) => x ?? NaN);
        expect(xs).toEqual(xs.toSorted((a, b) => a - b));
      }),
    );
  });
});

test.each([3, 5])('the band of %i normal seeds covers the true mean as often as it says', (count) => {
  const rng = createRng(count);
  const trials = 6000;
  const seeds = Array.from({ length: count }, (_, i) =>
    seed(
      String(i),
      Array.from({ length: trials }, () => rng.normal()),
    ),
  );
  const covered = rows(bandOf(seeds)).filter(({ low, high }) => low <= 0 && high >= 0).length / trials;
  // Four standard errors of a share of 0.95.
  expect(Math.abs(covered - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / trials));
});
