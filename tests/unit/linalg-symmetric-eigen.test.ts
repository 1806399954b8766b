import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { largestEigenpairs } from '../../src/math/symmetric-eigen';
import { normals } from './collapse-features';

describe('largestEigenpairs', () => {
  it('are orthonormal, largest first, and rebuild the matrix', () => {
    const rng = createRng(1);
    for (const size of [1, 2, 10, 47]) {
      const a = normals(rng, size, size);
      const symmetric = Matrix.add(a, a.transpose());
      const pairs = largestEigenpairs(symmetric, size);
      const vectors = new Matrix(pairs.map(({ vector }) => Array.from(vector)));
      expect(vectors.mmul(vectors.transpose()).sub(Matrix.eye(size)).norm('max')).toBeLessThan(1e-12);
      const values = pairs.map(({ value }) => value);
      expect(values).toEqual(values.toSorted((x, y) => y - x));
      const rebuilt = vectors.transpose().mmul(vectors.clone().mulColumnVector(values));
      expect(rebuilt.sub(symmetric).norm('max')).toBeLessThan(1e-11);
      expect(largestEigenpairs(symmetric, 1)).toEqual(pairs.slice(0, 1));
    }
  });

  it('are NaN where a number is not finite, and none for a matrix that is not symmetric', () => {
    for (const bad of [NaN, Infinity]) {
      const [pair] = largestEigenpairs(
        new Matrix([
          [1, bad],
          [bad, 2],
        ]),
        1,
      );
      expect(pair?.value).toBeNaN();
      expect(pair?.vector).toEqual(Float64Array.of(NaN, NaN));
    }
    const skew = new Matrix([
      [1, 2],
      [3, 4],
    ]);
    expect(() => largestEigenpairs(skew, 1)).toThrow('symmetric');
    expect(() => largestEigenpairs(Matrix.eye(2), 3)).toThrow(RangeError);
  });
});
