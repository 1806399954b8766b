import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signedRank } from '../../src/math/wilcoxon';

/** p by trying every choice of signs, with Pratt's ranks, all written out afresh. */
function enumerated(differences: readonly number[]): { w: number; p: number } {
  const sizes = differences.map(Math.abs);
  const rank = sizes.map(
    (size) =>
      sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2,
  );
  const alive = rank.filter((_rank, i) => sizes[i] !== 0);
  const w = rank.reduce((sum, r, i) => sum + ((differences[i] ?? NaN) > 0 ? r : 0), 0);
  const centre = alive.reduce((sum, r) => sum + r, 0) / 2;
  let asFar = 0;
  for (let signs = 0; signs < 2 ** alive.length; signs++) {
    const sum = alive.reduce((total, r, i) => total + ((signs >> i) & 1 ? r : 0), 0);
    if (Math.abs(sum - centre) >= Math.abs(w - centre) - 1e-9) asFar++;
  }
  return { w, p: asFar / 2 ** alive.length };
}

describe('Wilcoxon’s signed-rank test', () => {
  test('of the depression scores in Hollander and Wolfe, "Nonparametric Statistical Methods" (1973), table 3.1', () => {
    const first = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const found = signedRank(first.map((value, i) => value - (second[i] ?? NaN)));
    expect(found?.w).toBe(40);
    expect(found?.p).toBeCloseTo(2 * 0.01953125, 12); // printed one-sided as 0.020
  });

  test('of Darwin’s maize', () => {
    const found = signedRank([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]);
    expect(found?.w).toBe(96); // of 120: the two negative ones have ranks 10 and 14
    expect(found?.p).toBeCloseTo(0.041259765625, 12);
  });

  test('is what trying all signs gives, with ties and zeros', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 11 }), (values) => {
        const [found, truth] = [signedRank(values), enumerated(values)];
        expect(found?.w).toBe(truth.w);
        expect(found?.p).toBeCloseTo(truth.p, 12);
        expect(found?.least).toBeLessThanOrEqual(truth.p + 1e-12);
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  test('zeros keep their ranks: they make the rest look less decided', () => {
    // Ranks 1 and 2 go to the zeros, so that the one negative value costs 3 of 3 + 4 + 5 + 6.
    const found = signedRank([0, 0, -1, 2, 3, 4]);
    expect(found?.w).toBe(15);
    expect(found?.p).toBe(2 * (2 / 16));
    expect(signedRank([0, 0, 0])).toEqual({ w: 0, p: 1, least: 1 });
  });

  test('what differs by rounding is tied, and what is the margin but for rounding is zero', () => {
    const tied = [0.71 - 0.7, 0.81 - 0.8, -(0.33 - 0.32), 0.5];
    expect(signedRank(tied)).toEqual(signedRank([1, 1, -1, 50]));
    expect(signedRank([0.705 - 0.7, 0.9 - 0.8], 0.005)).toEqual(signedRank([0, 1]));
  });

  test('three pairs cannot be surer than 1 in 4, five than 1 in 16', () => {
    expect(signedRank([1, 2, 3])).toMatchObject({ p: 0.25, least: 0.25 });
    expect(signedRank([-1, -2, -3, -4, -5])).toMatchObject({ p: 0.0625, least: 0.0625 });
  });

  test.each([
    [6, 0],
    [7, 2],
    [10, 8],
    [15, 25],
    [20, 52],
    [25, 89],
    [30, 137],
    [40, 264],
    [50, 434],
  ])('%i pairs: 5 %% two-sided ends at a sum of %i, as in Wilcoxon’s tables', (n, critical) => {
    const withSum = (sum: number) => {
      let left = sum;
      const signed = Array.from({ length: n }, (_, i) => {
        const rank = n - i;
        if (rank > left) return rank;
        left -= rank;
        return -rank;
      });
      return signedRank(signed)?.p ?? NaN;
    };
    expect(withSum(critical)).toBeLessThanOrEqual(0.05);
    expect(withSum(critical + 1)).toBeGreaterThan(0.05);
  });

  test('has nothing to say of no difference and of what is no number', () => {
    expect(signedRank([])).toBeNull();
    expect(signedRank([1, NaN])).toBeNull();
  });
});
