import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import {
  classDirections,
  projectOnClasses,
  simplexCorners,
} from '../../src/methods/collapse/class-projection';
import { mixedLabel, mixupLogits } from '../../src/methods/collapse/mixup-optimum';
import { simplexFrame } from '../../src/methods/collapse/simplex-geometry';
import { normals, orthogonal } from './collapse-features';

const rng = createRng(3);

const softmax = (z: Float64Array): Float64Array => {
  const powers = z.map(Math.exp);
  return powers.map((value) => value / powers.reduce((sum, power) => sum + power, 0));
};

describe('the best logits of a mixed label', () => {
  /** κ, then z_y, z_y', z_other at λ = 1, 0.9, 0.75 and 0.5, for ten classes. */
  const TABLE = [
    [
      10,
      [2.819, -0.3132, -0.3132],
      [2.5415, 0.308, -0.3562],
      [2.2002, 0.9627, -0.3954],
      [1.6649, 1.6649, -0.4162],
    ],
    [
      100,
      [4.6884, -0.5209, -0.5209],
      [4.0576, 1.718, -0.7219],
      [3.7216, 2.5656, -0.7859],
      [3.2436, 3.2436, -0.8109],
    ],
    [
      1000,
      [6.5035, -0.7226, -0.7226],
      [5.5724, 3.3473, -1.115],
      [5.2696, 4.1613, -1.1789],
      [4.8155, 4.8155, -1.2039],
    ],
  ] as const;

  it('are those of the table', () => {
    for (const [kappa, ...rows] of TABLE)
      for (const [i, share] of [1, 0.9, 0.75, 0.5].entries()) {
        const z = mixupLogits(kappa, mixedLabel(10, 0, 1, share));
        for (const [k, expected] of (rows[i] ?? []).entries())
          expect(Math.abs((z[k] ?? NaN) - expected), `κ ${kappa} λ ${share} z ${k}`).toBeLessThan(5.1e-5);
      }
  });

  it('solve z = κ (t − softmax z) to 1e-8 for all κ, shares and numbers of classes', () => {
    for (const classes of [2, 3, 10, 100])
      for (const kappa of [1e-3, 1, 30, 1e3, 1e5])
        for (const share of [0, 1e-6, 0.1, 0.5, 0.77, 1]) {
          const t = mixedLabel(classes, classes - 1, 0, share);
          const z = mixupLogits(kappa, t);
          const p = softmax(z);
          z.forEach((value, k) => {
            const right = kappa * ((t[k] ?? NaN) - (p[k] ?? NaN));
            expect(Math.abs(value - right), `${classes} κ ${kappa} λ ${share}`).toBeLessThan(1e-8);
          });
        }
  });

  it('of one class are the optimum of cross-entropy: margin δ = κ C/(C−1) (1 − p)', () => {
    const [classes, kappa] = [10, 250];
    const z = mixupLogits(kappa, mixedLabel(classes, 4, 4, 0.3));
    const margin = (z[4] ?? NaN) - (z[0] ?? NaN);
    let [low, high] = [0, 50];
    for (let i = 0; i < 200; i++) {
      const delta = (low + high) / 2;
      const wrong = 9 / (9 + Math.exp(delta));
      if (((kappa * classes) / (classes - 1)) * wrong > delta) low = delta;
      else high = delta;
    }
    expect(margin).toBeCloseTo(low, 9);
    expect(Array.from(z)).toEqual(Array.from(mixupLogits(kappa, mixedLabel(classes, 4, 1, 1))));
  });

  it('are symmetric: equal at a half, exchanged with the shares', () => {
    const half = mixupLogits(400, mixedLabel(6, 2, 5, 0.5));
    expect(half[2]).toBeCloseTo(half[5] ?? NaN, 12);
    const [a, b] = [mixupLogits(400, mixedLabel(6, 2, 5, 0.8)), mixupLogits(400, mixedLabel(6, 5, 2, 0.8))];
    expect(a[2]).toBeCloseTo(b[5] ?? NaN, 12);
    expect(a[0]).toBeCloseTo(b[0] ?? NaN, 12);
  });

  it('leave the chord: the common part is larger for every mixed pair than for one class', () => {
    const common = (share: number) => {
      const z = mixupLogits(1000, mixedLabel(10, 0, 1, share));
      return (z[0] ?? NaN) + (z[1] ?? NaN);
    };
    expect(common(1)).toBeCloseTo(5.78, 2);
    for (const share of [0.9, 0.75, 0.5]) expect(common(share)).toBeGreaterThan(8.9);
  });

  it('throw for what is no label', () => {
    for (const kappa of [0, -1, NaN, Infinity]) expect(() => mixupLogits(kappa, [1, 0])).toThrow(RangeError);
    expect(() => mixupLogits(1, [0.5, 0.4])).toThrow(RangeError);
    expect(() => mixupLogits(1, [NaN, 1])).toThrow(RangeError);
    expect(() => mixedLabel(3, 0, 3, 0.5)).toThrow(RangeError);
    expect(() => mixedLabel(3, 0, 1, 1.5)).toThrow(RangeError);
  });
});

describe('the projection on chosen classes', () => {
  it('has a triangle and a tetrahedron for corners', () => {
    const [half, height] = [1 / 2, Math.sqrt(3) / 2];
    const triangle = new Matrix([
      [1, -half, -half],
      [0, height, -height],
    ]);
    expect(Matrix.sub(simplexCorners(3), triangle).norm('max')).toBeLessThan(1e-15);
    for (const corners of [2, 3, 4, 7]) {
      const gram = simplexCorners(corners).transpose().mmul(simplexCorners(corners));
      const expected = simplexFrame(corners).mul(
        Math.sqrt((corners - 1) / corners) * (corners / (corners - 1)),
      );
      expect(Matrix.sub(gram, expected).norm('max')).toBeLessThan(1e-14);
    }
  });

  it('takes orthonormal directions from a classifier, and finds those of a frame', () => {
    const w = normals(rng.fork('w'), 5, 9);
    const q = classDirections(w);
    expect([q.rows, q.columns]).toEqual([9, 5]);
    expect(q.transpose().mmul(q).sub(Matrix.eye(5)).norm('max')).toBeLessThan(1e-12);
    // The polar factor: Wᵀ = Q P with P symmetric and positive.
    const p = q.transpose().mmul(w.transpose());
    expect(Matrix.sub(p, p.transpose()).norm('max')).toBeLessThan(1e-12);
    const narrow = classDirections(normals(rng.fork('narrow'), 5, 3));
    expect(narrow.mmul(narrow.transpose()).sub(Matrix.eye(3)).norm('max')).toBeLessThan(1e-12);
  });

  it('sends chosen classes of a turned frame to corners and the others to 0, whatever its size and width', () => {
    for (const width of [9, 10, 16]) {
      const corners = Matrix.zeros(10, Math.max(10, width));
      corners.setSubMatrix(simplexFrame(10).mul(0.7), 0, 0);
      const turned = corners.mmul(orthogonal(rng.fork(`turn ${width}`), corners.columns));
      // A frame of ten in nine dimensions: the frame in a basis of its span.
      const w = width === 9 ? simplexCorners(10).transpose().mul(0.7) : turned;
      for (const chosen of [
        [7, 2, 4],
        [0, 9, 3, 5],
      ]) {
        const points = projectOnClasses(classDirections(w), chosen, w);
        const expected = simplexCorners(chosen.length)
          .transpose()
          .mul(0.7 * Math.sqrt(10 / 9));
        const found = new Matrix(chosen.map((c) => points.getRow(c)));
        expect(Matrix.sub(found, expected).norm('max'), `width ${width}`).toBeLessThan(1e-12);
        expect(Math.max(...points.getRow(1).map(Math.abs))).toBeLessThan(1e-12);
      }
    }
  });

  it('does not turn with the features', () => {
    const [w, h] = [normals(rng.fork('w2'), 4, 6), normals(rng.fork('h2'), 20, 6)];
    const turn = orthogonal(rng.fork('turn'), 6);
    const a = projectOnClasses(classDirections(w), [0, 2, 3], h);
    const b = projectOnClasses(classDirections(w.mmul(turn)), [0, 2, 3], h.mmul(turn));
    expect(Matrix.sub(a, b).norm('max')).toBeLessThan(1e-11);
  });

  it('throws for classes that there are not', () => {
    const q = classDirections(normals(rng.fork('q'), 4, 6));
    const h = Matrix.zeros(1, 6);
    for (const chosen of [[0, 1, 4], [0, 0, 1], [2], [0, 1.5]])
      expect(() => projectOnClasses(q, chosen, h)).toThrow(RangeError);
    expect(() => classDirections(new Matrix([[1, NaN]]))).toThrow(RangeError);
  });
});
