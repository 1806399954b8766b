import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { describe, expect, test } from 'vitest';
import { tHalfWidth } from '../../src/math/interval';
import { pairedT, pairsNeeded, tInterval } from '../../src/math/paired-t';
import { createRng } from '../../src/math/philox-rng';
import { tCritical, tTwoSided } from '../../src/math/student-t';

/** Student, "The Probable Error of a Mean", 1908: hours of sleep gained by the second drug over the first. */
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];
/** Darwin's maize: crossed − self-fertilised, in eighths of an inch (Fisher, "The Design of Experiments", section 17). */
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

const test95 = (values: readonly number[], centre = 0) => {
  const found = pairedT(values, centre);
  if (!found) throw new Error('no test');
  return { ...found, interval: tInterval(found, 0.05) };
};

describe('Student’s distribution in closed form', () => {
  test('has the tails of @stdlib', () => {
    for (let df = 1; df <= 60; df++)
      for (const t of [0, 0.1, 0.7, 1, 2.3, 4, 12.7, 40, 1e4]) {
        expect(Math.abs(tTwoSided(t, df) - 2 * tCdf(-t, df))).toBeLessThan(1e-14);
        expect(tTwoSided(-t, df)).toBe(tTwoSided(t, df));
      }
    expect(tTwoSided(Infinity, 4)).toBe(0);
  });

  test('is Cauchy’s with one degree of freedom, and algebraic with two', () => {
    for (const t of [1e-8, 1e-3, 0.5, 3, 1e3]) {
      expect(tTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 15);
      expect(tTwoSided(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 15);
    }
    expect(tTwoSided(NaN, 4)).toBeNaN();
  });

  test('has the critical values of @stdlib, those of a table among them', () => {
    for (let df = 1; df <= 60; df++)
      for (const tail of [0.5, 0.1, 0.05, 0.025, 0.05 / 3, 0.01, 0.001])
        expect(tCritical(tail, df) / tQuantile(1 - tail / 2, df)).toBeCloseTo(1, 9);
    expect(tCritical(0.05, 1)).toBeCloseTo(12.706, 3);
    expect(tCritical(0.05, 4)).toBeCloseTo(2.776, 3);
  });
});

describe('paired t-test', () => {
  test('of Student’s sleep data', () => {
    const { t, df, p, mean, interval } = test95(SLEEP);
    expect(mean).toBeCloseTo(1.58, 12);
    expect(t).toBeCloseTo(4.0621, 4);
    expect(df).toBe(9);
    expect(p).toBeCloseTo(0.002833, 6);
    expect(interval[0]).toBeCloseTo(0.7001142, 6);
    expect(interval[1]).toBeCloseTo(2.4598858, 6);
  });

  test('of Darwin’s maize, as Fisher worked it', () => {
    const { t, mean, p } = test95(MAIZE);
    expect(mean).toBeCloseTo(20.933, 3);
    expect(t).toBeCloseTo(2.148, 3);
    expect(p).toBeGreaterThan(0.049);
    expect(p).toBeLessThan(0.05);
  });

  test('its interval is the one that bands are drawn with', () => {
    for (const values of [SLEEP, MAIZE, [0.1, 0.3]]) {
      const { mean, interval } = test95(values);
      expect(interval[1] - mean).toBeCloseTo(tHalfWidth(values, 0.95) ?? NaN, 8);
      expect(mean - interval[0]).toBeCloseTo(interval[1] - mean, 10);
    }
  });

  test('the interval ends where the test’s p is its tail', () => {
    const { interval } = test95(MAIZE);
    for (const end of interval) expect(pairedT(MAIZE, end)?.p).toBeCloseTo(0.05, 10);
    expect(test95(MAIZE, interval[0] - 0.01).p).toBeLessThan(0.05);
    expect(test95(MAIZE, interval[0] + 0.01).p).toBeGreaterThan(0.05);
  });

  test('has nothing to say of one pair, of equal differences and of what is no number', () => {
    expect(pairedT([])).toBeNull();
    expect(pairedT([0.1])).toBeNull();
    expect(pairedT([0, 0, 0])).toBeNull();
    expect(pairedT([0.71 - 0.7, 0.81 - 0.8])).toBeNull(); // both 0.01, but for the last digits
    expect(pairedT([0.1, NaN])).toBeNull();
    expect(pairedT([0.1, Infinity])).toBeNull();
    expect(pairedT([0.01, 0.0104])).not.toBeNull();
  });

  test.each([3, 5])('simulated with %i normal pairs, the interval covers as often as it says', (n) => {
    const rng = createRng(n);
    const trials = 2000;
    let [covered, rejected] = [0, 0];
    for (let trial = 0; trial < trials; trial++) {
      // A seed's own luck, which both runs share, dwarfs the difference: pairing takes it out.
      const differences = Array.from({ length: n }, () => {
        const luck = 5 * rng.normal();
        return luck + 0.4 + 0.3 * rng.normal() - (luck + 0.3 * rng.normal());
      });
      const { interval, p } = test95(differences, 0.4);
      if (interval[0] <= 0.4 && 0.4 <= interval[1]) covered++;
      if (p < 0.05) rejected++;
    }
    expect(covered + rejected).toBe(trials);
    const error = Math.sqrt((0.95 * 0.05) / trials);
    expect(Math.abs(covered / trials - 0.95)).toBeLessThan(3 * error);
  });
});

describe('pairs needed', () => {
  const about = { centre: 0, tail: 0.05, most: 22 };
  const spread = { n: 2, deviation: 1 };

  test('is the first number whose interval leaves out the margin', () => {
    // Half widths t ∕ √n: 3: 2.48, 4: 1.59, 5: 1.24, 6: 1.05, 7: 0.92.
    for (const [mean, pairs] of [
      [2.5, 3],
      [1.6, 4],
      [1.2, 6],
      [-1, 7],
    ] as const)
      expect(pairsNeeded({ ...spread, mean }, about)).toBe(pairs);
    expect(pairsNeeded({ ...spread, mean: 2.1 }, { ...about, centre: 0.5 })).toBe(4);
    expect(pairsNeeded({ ...spread, mean: 1.6 }, { ...about, tail: 0.025 })).toBe(5);
  });

  test('is beyond counting where the mean is all but the margin', () => {
    expect(pairsNeeded({ ...spread, mean: 0.1 }, about)).toBe(Infinity);
    expect(pairsNeeded({ ...spread, mean: 0.3 }, { ...about, centre: 0.3 })).toBe(Infinity);
  });

  test('are no more than there are where the interval already leaves it out', () => {
    const decided = pairedT(SLEEP);
    expect(decided && pairsNeeded(decided, { ...about, most: 30 })).toBe(10);
  });
});
