import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { fewShotAccuracy } from '../../src/methods/collapse/few-shot';
import { kappaOfMargin, mixupCurve } from '../../src/methods/collapse/mixup-curve';
import { mixedLabel, mixupLogits } from '../../src/methods/collapse/mixup-optimum';
import { classDirections } from '../../src/methods/collapse/class-projection';
import { simplexFrame } from '../../src/methods/collapse/simplex-geometry';
import { normals } from './collapse-features';

const rng = createRng(11);
const ten = (value: number) => Array<number>(10).fill(value);

describe('accuracy by the nearest mean of a few examples', () => {
  const labels = [...ten(0), ...ten(1), ...ten(2)];
  const around = (spread: number, apart: number) =>
    normals(rng.fork(`${spread}`), 30, 4)
      .mul(spread)
      .add(new Matrix(labels.map((c) => [c * apart, 0, 0, 0])));
  const draw = { shots: 3, repeats: 20, rng: rng.fork('draw') };

  it('is 1 for classes far apart, and chance for classes that are the same', () => {
    expect(fewShotAccuracy(around(0.1, 5), labels, draw)).toBe(1);
    const alike = fewShotAccuracy(around(1, 0), labels, { ...draw, repeats: 200 });
    expect(alike).toBeGreaterThan(0.2);
    expect(alike).toBeLessThan(0.45);
  });

  it('repeats for a stream, does not count the examples that were drawn, and rises with them', () => {
    const features = around(1, 1.2);
    expect(fewShotAccuracy(features, labels, draw)).toBe(fewShotAccuracy(features, labels, draw));
    const [one, nine] = [1, 9].map((shots) =>
      fewShotAccuracy(features, labels, { ...draw, shots, repeats: 100 }),
    );
    expect(nine).toBeGreaterThan(one ?? NaN);
    // A single pair of one class on either side: what is left is told by the other one's class alone.
    const pairs = Matrix.columnVector([0, 10, 1, 11]);
    expect(fewShotAccuracy(pairs, [0, 0, 1, 1], { ...draw, shots: 1, repeats: 400 })).toBeLessThan(0.8);
  });

  it('needs an example to tell in each class', () => {
    expect(() => fewShotAccuracy(around(1, 1), labels, { ...draw, shots: 10 })).toThrow(RangeError);
    expect(() => fewShotAccuracy(around(1, 1), labels, { ...draw, shots: 0 })).toThrow(RangeError);
  });
});

describe('the curve of mixed pairs', () => {
  it('has κ from the margin of images that are not mixed', () => {
    for (const kappa of [3, 10, 100, 1000]) {
      const z = mixupLogits(kappa, mixedLabel(10, 0, 1, 1));
      const margin = (z[0] ?? NaN) - (z[1] ?? NaN);
      expect(kappaOfMargin(margin, 10) / kappa).toBeCloseTo(1, 9);
    }
    expect(kappaOfMargin(-1, 10)).toBeNaN();
    expect(kappaOfMargin(NaN, 10)).toBeNaN();
    expect(kappaOfMargin(60, 10)).toBe(1e6);
  });

  it('is what the projection makes of the best features', () => {
    const [classes, kappa, length] = [5, 100, 1.7];
    const decay = (length ** 2 * classes) / ((classes - 1) * kappa);
    const basis = normals(rng.fork('basis'), 8, classes);
    const orthonormal = classDirections(basis.transpose());
    const classifier = simplexFrame(classes).mul(length).mmul(orthonormal.transpose());
    const directions = classDirections(classifier);
    for (const share of [1, 0.8, 0.5]) {
      const target = Array.from(mixedLabel(classes, 0, 1, share));
      const z = Array.from(mixupLogits(kappa, target));
      const powers = z.map(Math.exp);
      const total = powers.reduce((a, b) => a + b, 0);
      const residual = Matrix.rowVector(target.map((t, k) => t - (powers[k] ?? NaN) / total));
      const h = residual.mmul(classifier).div(decay); // (1 / λ_h) Wᵀ (t − p)
      const u = h.mmul(directions);
      // The polar factor of a matrix of rank C − 1 is free along 1: only differences are determined.
      const want = mixupCurve(kappa, classes, length, [share]);
      expect(u.get(0, 0) - u.get(0, 2)).toBeCloseTo((want[0] ?? NaN) - (want[2] ?? NaN), 8);
      expect(u.get(0, 1) - u.get(0, 2)).toBeCloseTo((want[1] ?? NaN) - (want[2] ?? NaN), 8);
    }
  });

  it('is symmetric, and needs a third class', () => {
    const curve = Array.from(mixupCurve(100, 10, 1, [0.25, 0.75]));
    expect(curve[0]).toBeCloseTo(curve[4] ?? NaN, 9);
    expect(curve[1]).toBeCloseTo(curve[3] ?? NaN, 9);
    expect(() => mixupCurve(100, 2, 1, [0.5])).toThrow(RangeError);
  });
});
