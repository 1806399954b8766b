import { describe, expect, test } from 'vitest';
import { pearson, ranks, spearman } from '../../src/math/correlation';
import { createRng } from '../../src/math/philox-rng';

/** Anscombe, "Graphs in statistical analysis" (1973): four sets, each with r = 0.816 or 0.817 and p = 0.0022. */
const X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
const ANSCOMBE = [
  [X, [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]],
  [X, [9.14, 8.14, 8.74, 8.77, 9.26, 8.1, 6.13, 3.1, 9.13, 7.26, 4.74]],
  [X, [7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73]],
  [
    [8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8],
    [6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.5, 5.56, 7.91, 6.89],
  ],
] as const;

function normals(n: number, seed: number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => rng.normal());
}

describe('Pearson’s r', () => {
  test.each([0, 1, 2, 3])('of Anscombe’s set %i', (set) => {
    const [x, y] = ANSCOMBE[set] ?? [[], []];
    const { coefficient, p, n } = pearson(x, y);
    expect(coefficient).toBeCloseTo(0.8165, 3);
    expect(p).toBeCloseTo(0.00217, 4);
    expect(n).toBe(11);
  });

  test('with one and two degrees of freedom has the p-value of the closed forms', () => {
    // One: P(|T| ≥ t) = 1 − 2 arctan(t) / π. Here r = 1/2, so t = 1/√3 and p = 2/3.
    const one = pearson([1, 2, 3], [1, 3, 2]);
    expect(one.coefficient).toBeCloseTo(0.5, 14);
    expect(one.p).toBeCloseTo(2 / 3, 14);
    // Two: p = 1 − |r|.
    const two = pearson([1, 2, 3, 4], [1, 3, 2, 4]);
    expect(two.coefficient).toBeCloseTo(0.8, 14);
    expect(two.p).toBeCloseTo(0.2, 14);
  });

  test('is ±1 with p = 0 for straight lines, and neither more nor less', () => {
    for (const slope of [3, -0.1, 1e-200, 1e200]) {
      const x = normals(100, 1);
      const { coefficient, p } = pearson(
        x,
        x.map((value) => slope * value),
      );
      expect(coefficient).toBeCloseTo(Math.sign(slope), 14);
      expect(Math.abs(coefficient)).toBeLessThanOrEqual(1);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThan(1e-300);
    }
  });

  test('has a tiny p-value that is neither negative nor rounded to 0', () => {
    // An exact r: y = r x + √(1 − r²) z for orthogonal x and z of one length.
    const n = 100_002;
    const x = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const z = Float64Array.from({ length: n }, (_, i) => (i % 4 < 2 ? 1 : -1));
    [z[n - 2], z[n - 1]] = [0, 0];
    const t = 37;
    const r = t / Math.sqrt(n - 2 + t * t);
    const scale = Math.sqrt(1 - r * r) * Math.sqrt(n / (n - 2));
    const y = x.map((value, i) => r * value + scale * (z[i] ?? NaN));
    const { coefficient, p } = pearson(x, y);
    expect(coefficient).toBeCloseTo(r, 12);
    expect(p / 1.197462824342466e-297).toBeCloseTo(1, 8); // by mpmath
  });

  test('keeps the digits of a p-value near r = 1', () => {
    // p = 1 − |r| with two degrees of freedom, which is half the squared distance to the nearest line, 1.8 ε², over Σ (x − x̄)² = 5.
    const epsilon = 1e-10;
    const { coefficient, p } = pearson([1, 2, 3, 4], [1, 2 + epsilon, 3 - epsilon, 4]);
    expect(coefficient).toBe(1);
    expect(p / (0.18 * epsilon ** 2)).toBeCloseTo(1, 3);
  });

  test('does not depend on the order of pairs, on which column is first, on scale or offset', () => {
    const [x, y] = [normals(50, 1), normals(50, 2)];
    const { coefficient, p } = pearson(x, y);
    const variants = [
      pearson(y, x),
      pearson(x.toReversed(), y.toReversed()),
      pearson(
        x.map((value) => 1e-30 * value + 5e-30),
        y.map((value) => 1e30 * value),
      ),
    ];
    for (const variant of variants) {
      expect(variant.coefficient).toBeCloseTo(coefficient, 12);
      expect(variant.p).toBeCloseTo(p, 12);
    }
    const mirrored = pearson(
      x.map((value) => -value),
      y,
    );
    expect(mirrored.coefficient).toBeCloseTo(-coefficient, 14);
    expect(mirrored.p).toBeCloseTo(p, 13);
  });

  test('of unrelated columns has p-values that are uniform: a tenth lies below 0.1', () => {
    const below = Array.from(
      { length: 2000 },
      (_, i) => pearson(normals(20, 2 * i), normals(20, 2 * i + 1)).p,
    );
    const share = below.filter((p) => p < 0.1).length / below.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.03); // 4.5 standard deviations
  });
});

describe('Spearman’s ρ', () => {
  test('of Anscombe’s first set', () => {
    const { coefficient, p } = spearman(...ANSCOMBE[0]);
    expect(coefficient).toBeCloseTo(0.8181818, 6);
    expect(p).toBeCloseTo(0.00208314, 7); // by SciPy
  });

  test('shares the mean rank among equals', () => {
    expect([...ranks([3, 1, 3, 3, 0])]).toEqual([4, 2, 4, 4, 1]);
    expect([...ranks([0, -0, 5, -Infinity, Infinity])]).toEqual([2.5, 2.5, 4, 1, 5]);
    const { coefficient, p, n } = spearman([1, 2, 2, 3, 4, 4, 5], [2, 1, 3, 3, 5, 7, 6]);
    expect([coefficient, p, n]).toEqual([
      expect.closeTo(0.8532469179729296, 12) as number, // both by SciPy
      expect.closeTo(0.014618256267642514, 12) as number,
      7,
    ]);
  });

  test('sees order alone', () => {
    const x = normals(40, 3);
    const { coefficient, p } = spearman(
      x,
      x.map((value) => Math.exp(5 * value)),
    );
    expect(coefficient).toBeCloseTo(1, 14);
    expect(p).toBeLessThan(1e-100);
  });
});

describe('what has no correlation', () => {
  const undefinedOnes: [string, number[], number[]][] = [
    ['nothing', [], []],
    ['two pairs', [1, 2], [3, 5]],
    ['a constant column', [0.1, 0.1, 0.1, 0.1], [1, 2, 3, 4]],
    ['two constant columns', [1, 1, 1], [2, 2, 2]],
    ['a number that is none', [1, NaN, 3, 4], [1, 2, 3, 4]],
  ];
  test.each(undefinedOnes)('%s', (_, x, y) => {
    for (const correlate of [pearson, spearman]) {
      for (const found of [correlate(x, y), correlate(y, x)])
        expect(found).toEqual({ coefficient: NaN, p: NaN, n: x.length });
    }
  });

  test('infinity has ranks and no mean', () => {
    const [x, y] = [
      [1, 2, Infinity, 4],
      [1, 3, 4, 2],
    ];
    expect(pearson(x, y).coefficient).toBeNaN();
    expect(spearman(x, y).coefficient).toBeCloseTo(0.8, 12);
  });

  test('columns of two lengths are refused', () => {
    expect(() => pearson([1, 2, 3], [1, 2])).toThrow(RangeError);
    expect(() => spearman([1, 2, 3], [1, 2])).toThrow(RangeError);
  });
});
