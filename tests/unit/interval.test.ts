import { describe, expect, test } from 'vitest';
import { mean, standardDeviation, tHalfWidth } from '../../src/math/interval';
import { createRng } from '../../src/math/philox-rng';
import { tCritical } from '../../src/math/student-t';

describe('mean and spread', () => {
  test('of a sample worked by hand', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
  });

  test('one value has a mean and no spread, none has neither', () => {
    expect(mean([0.7])).toBe(0.7);
    expect(standardDeviation([0.7])).toBeNull();
    expect(tHalfWidth([0.7], 0.95)).toBeNull();
    expect(mean([])).toBeNaN();
    expect(tHalfWidth([], 0.95)).toBeNull();
  });

  test('equal values have none, exactly', () => {
    expect(tHalfWidth([3, 3, 3], 0.95)).toBe(0);
  });

  test('a large offset does not cost the digits of a small spread', () => {
    expect(standardDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
  });
});

/** Upper 97.5 % and 95 % points as printed in tables of Student's distribution. */
const TABLE: [df: number, at975: number, at95: number][] = [
  [1, 12.706, 6.314],
  [2, 4.303, 2.92],
  [3, 3.182, 2.353],
  [4, 2.776, 2.132],
  [9, 2.262, 1.833],
  [19, 2.093, 1.729],
  [120, 1.98, 1.658],
];

describe('t-interval', () => {
  test.each(TABLE)('quantiles at %i degrees of freedom are the table’s', (df, at975, at95) => {
    expect(tCritical(0.05, df)).toBeCloseTo(at975, 3);
    expect(tCritical(0.1, df)).toBeCloseTo(at95, 3);
  });

  test('is t s ∕ √n to either side, worked by hand', () => {
    const values = [9.1, 9.3, 9.2, 9.5, 9.4]; // mean 9.3, s = √0.025
    expect(tHalfWidth(values, 0.95)).toBeCloseTo((2.7764451 * Math.sqrt(0.025)) / Math.sqrt(5), 7);
    expect(tHalfWidth(values, 0.9)).toBeCloseTo((2.1318468 * Math.sqrt(0.025)) / Math.sqrt(5), 7);
  });

  test('covers the true mean as often as it says', () => {
    const rng = createRng(1);
    const trials = 4000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const values = Array.from({ length: 3 }, () => rng.normal());
      if (Math.abs(mean(values)) <= (tHalfWidth(values, 0.95) ?? 0)) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.93);
    expect(covered / trials).toBeLessThan(0.97);
  });
});
