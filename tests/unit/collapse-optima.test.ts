import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { centreClasses, meansOf, scatterOf } from '../../src/methods/collapse/class-statistics';
import { frameMeasures } from '../../src/methods/collapse/collapse-measures';
import { crossEntropyOptimum } from '../../src/methods/collapse/unconstrained/cross-entropy-optimum';
import {
  collapseThreshold,
  imbalancedOptimum,
} from '../../src/methods/collapse/unconstrained/imbalanced-optimum';
import { squaredLossOptimum } from '../../src/methods/collapse/unconstrained/squared-loss-optimum';
import { traceQuotient } from '../../src/methods/collapse/variability';
import { normals } from './collapse-features';

const rng = createRng(11);

const squares = (matrix: Matrix): number => matrix.norm() ** 2;
const distance = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm('max');

/** One column per sample with a one at its class. */
function oneHot(sizes: readonly number[]): Matrix {
  const labels = sizes.flatMap((size, k) => Array<number>(size).fill(k));
  return new Matrix(sizes.map((_, k) => labels.map((label) => (label === k ? 1 : 0))));
}

/** Gradient descent with momentum, in place. */
function descend(
  variables: Matrix[],
  gradients: () => Matrix[],
  rate: number,
  momentum: number,
  steps: number,
) {
  const speeds = variables.map(({ rows, columns }) => Matrix.zeros(rows, columns));
  for (let step = 0; step < steps; step++) {
    const slopes = gradients();
    for (const [v, variable] of variables.entries()) {
      const [speed, slope] = [speeds[v], slopes[v]];
      if (speed && slope) variable.add(speed.mul(momentum).sub(slope.mul(rate)));
    }
  }
}

const classColumns = (h: Matrix, sizes: readonly number[]): Matrix => {
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, size) => sum + size, 0));
  return h.subMatrixColumn(starts);
};

describe('the squared loss of balanced classes', () => {
  const [K, n, d] = [4, 3, 6];
  const y = oneHot([n, n, n, n]);
  /** W, H after descent, and the objective there. */
  function optimise(lw: number, lh: number) {
    const w = normals(rng.fork('w'), K, d);
    const h = normals(rng.fork('h'), d, K * n);
    const gradients = () => {
      const residual = w.mmul(h).sub(y);
      return [
        residual
          .mmul(h.transpose())
          .div(K * n)
          .add(Matrix.mul(w, lw / K)),
        w
          .transpose()
          .mmul(residual)
          .add(Matrix.mul(h, lh))
          .div(K * n),
      ];
    };
    descend([w, h], gradients, 0.4, 0.97, 12_000);
    const value =
      (squares(w.mmul(h).sub(y)) / (K * n) + (lw * squares(w)) / K + (lh * squares(h)) / (K * n)) / 2;
    return { w, h, value };
  }

  it('has the checked numbers', () => {
    const optimum = squaredLossOptimum({ classifierDecay: 0.05, featureDecay: 0.02 });
    expect(optimum.featureSquare).toBeCloseTo(1.53114, 5);
    expect(optimum.logit).toBeCloseTo(0.968377, 6);
    expect(optimum.value).toBeCloseTo(0.03112278, 8);
  });

  it('is what descent reaches: orthogonal features without variation, W along them', () => {
    const [lw, lh] = [0.05, 0.02];
    const optimum = squaredLossOptimum({ classifierDecay: lw, featureDecay: lh });
    const { w, h, value } = optimise(lw, lh);
    expect(value).toBeCloseTo(optimum.value, 9);
    const features = classColumns(h, [n, n, n, n]);
    for (let i = 0; i < K * n; i++)
      expect(
        distance(h.getColumnVector(i), features.getColumnVector(Math.floor(i / n))),
        `sample ${i}`,
      ).toBeLessThan(1e-6);
    const frame = Matrix.eye(K, K, optimum.featureSquare);
    expect(distance(features.transpose().mmul(features), frame)).toBeLessThan(1e-6);
    expect(distance(w.mmul(w.transpose()), Matrix.eye(K, K, optimum.classifierSquare))).toBeLessThan(1e-6);
    expect(distance(w, features.transpose().mul(Math.sqrt(lh / lw)))).toBeLessThan(1e-6);
    expect(distance(w.mmul(features), Matrix.eye(K, K, optimum.logit))).toBeLessThan(1e-6);
  });

  it('is 0 from c = 1 on, which descent confirms', () => {
    const zero = { featureSquare: 0, classifierSquare: 0, logit: 0, value: 0.5 };
    expect(squaredLossOptimum({ classifierDecay: 0.5, featureDecay: 2 })).toEqual(zero);
    expect(squaredLossOptimum({ classifierDecay: 0.9, featureDecay: 1.4 })).toEqual(zero);
    expect(squaredLossOptimum({ classifierDecay: 0.5, featureDecay: 1.999 }).logit).toBeGreaterThan(0);
    const { w, h, value } = optimise(0.9, 1.4);
    expect(Math.max(w.norm('max'), h.norm('max'))).toBeLessThan(1e-6);
    expect(value).toBeCloseTo(0.5, 9);
  });

  it('is approached by the central path with tr Σ_W / tr Σ_B falling all the way', () => {
    const [lw, lh] = [0.05, 0.02];
    const h = normals(rng.fork('path'), d, K * n);
    const labels = Array.from({ length: K * n }, (_, i) => Math.floor(i / n));
    const quotients: number[] = [];
    for (let step = 0; step < 300; step++) {
      const features = h.transpose();
      const { means, counts } = meansOf(features, labels, K);
      const centred = centreClasses(means, counts, 'samples');
      quotients.push(traceQuotient(centred, scatterOf(features, labels, centred)));
      // W*(H) = Y Hᵀ (H Hᵀ + n λ_W I)⁻¹
      const w = y.mmul(features).mmul(inverse(h.mmul(features).add(Matrix.eye(d, d, n * lw))));
      const slope = w.transpose().mmul(w.mmul(h).sub(y)).add(Matrix.mul(h, lh));
      h.sub(slope.mul(0.05));
    }
    for (const [i, value] of quotients.slice(1).entries())
      expect(value, `step ${i + 1}`).toBeLessThan(quotients[i] ?? NaN);
    expect(quotients.at(-1)).toBeLessThan(0.8 * (quotients[0] ?? NaN));
  });

  it('throws without decay', () => {
    expect(() => squaredLossOptimum({ classifierDecay: 0, featureDecay: 1 })).toThrow(RangeError);
    expect(() => squaredLossOptimum({ classifierDecay: 1, featureDecay: NaN })).toThrow(RangeError);
  });
});

describe('cross-entropy of balanced classes', () => {
  const [K, n] = [3, 2];
  const y = oneHot([n, n, n]);
  const decays = { classifierDecay: 0.005, featureDecay: 0.008 };
  const lb = 0.01;

  function optimise(d: number, { classifierDecay: lw, featureDecay: lh } = decays) {
    const w = normals(rng.fork('w'), K, d);
    const h = normals(rng.fork('h'), d, K * n);
    const b = normals(rng.fork('b'), K, 1);
    const probabilities = () => {
      const logits = w.mmul(h).addColumnVector(b);
      const powers = Matrix.exp(logits);
      return powers.divRowVector(powers.sum('column'));
    };
    const gradients = () => {
      const residual = probabilities()
        .sub(y)
        .div(K * n);
      return [
        residual.mmul(h.transpose()).add(Matrix.mul(w, lw)),
        w.transpose().mmul(residual).add(Matrix.mul(h, lh)),
        Matrix.columnVector(residual.sum('row')).add(Matrix.mul(b, lb)),
      ];
    };
    descend([w, h, b], gradients, 0.5, 0.95, 12_000);
    const loss = -Matrix.log(probabilities()).mul(y).sum() / (K * n);
    return { w, h, b, value: loss + (lw * squares(w) + lh * squares(h) + lb * squares(b)) / 2 };
  }

  it('is what descent reaches, in a width of K − 1 as in a larger: a simplex frame', () => {
    const optimum = crossEntropyOptimum({ classes: K, perClass: n, ...decays });
    for (const d of [2, 5]) {
      const { w, h, b, value } = optimise(d);
      expect(value).toBeCloseTo(optimum.value, 9);
      expect(b.norm('max')).toBeLessThan(1e-6);
      for (const [name, measured] of Object.entries(frameMeasures(w)))
        expect(measured, name).toBeLessThan(1e-5);
      expect(squares(w) / K).toBeCloseTo(optimum.classifierSquare, 6);
      expect(squares(h) / (K * n)).toBeCloseTo(optimum.featureSquare, 6);
      const features = classColumns(h, [n, n, n]);
      expect(distance(features, w.transpose().mul(optimum.featureScale))).toBeLessThan(1e-5);
      const logits = w.mmul(features);
      expect(logits.get(0, 0) - logits.get(1, 0)).toBeCloseTo(optimum.margin, 5);
    }
  });

  it('is 0 where √(λ_W λ_H n) ≥ 1/K, which descent confirms', () => {
    const heavy = { classifierDecay: 0.25, featureDecay: 0.25 };
    const optimum = crossEntropyOptimum({ classes: K, perClass: n, ...heavy });
    expect(optimum).toMatchObject({ featureSquare: 0, classifierSquare: 0, margin: 0 });
    expect(optimum.value).toBeCloseTo(Math.log(3), 14);
    expect(optimise(4, heavy).value).toBeCloseTo(Math.log(3), 9);
    const edge = 1 / K / Math.sqrt(n);
    const margin = (decay: number) =>
      crossEntropyOptimum({ classes: K, perClass: n, classifierDecay: decay, featureDecay: decay }).margin;
    expect(margin(edge * 1.001)).toBe(0);
    expect(margin(edge * 0.999)).toBeGreaterThan(0);
    expect(margin(10)).toBe(0);
  });

  it('throws for what has no optimum', () => {
    expect(() => crossEntropyOptimum({ classes: 1, perClass: 1, ...decays })).toThrow(RangeError);
    expect(() => crossEntropyOptimum({ classes: 2, perClass: 0, ...decays })).toThrow(RangeError);
    expect(() => crossEntropyOptimum({ classes: 2, perClass: 1, ...decays, featureDecay: 0 })).toThrow(
      RangeError,
    );
  });
});

describe('the squared loss of imbalanced classes', () => {
  it('has the checked numbers', () => {
    const problem = { sizes: [200, 100, 50, 4], layerDecays: [1e-3], featureDecay: 1e-4 };
    const optimum = imbalancedOptimum(problem);
    const expected = [4.43674, 3.12688, 2.20067, 0.59706];
    for (const [k, { productSquare, collapsed }] of optimum.entries()) {
      expect(productSquare).toBeCloseTo(expected[k] ?? NaN, 5);
      expect(collapsed).toBe(false);
    }
    expect(collapseThreshold(problem)).toBeCloseTo(354 ** 2 * 1e-7, 12);
  });

  it('shortens classifiers and lengthens features of smaller classes', () => {
    const optimum = imbalancedOptimum({
      sizes: [200, 100, 50, 4],
      layerDecays: [1e-3],
      featureDecay: 1e-4,
    });
    for (const [k, { productSquare, featureSquare }] of optimum.slice(1).entries()) {
      expect(productSquare).toBeLessThan(optimum[k]?.productSquare ?? NaN);
      expect(featureSquare).toBeGreaterThan(optimum[k]?.featureSquare ?? NaN);
    }
  });

  it('is what descent reaches, with the smallest class collapsed to 0', () => {
    const sizes = [6, 4, 2, 1];
    const [lw, lh, N, d] = [0.03, 0.3, 13, 5];
    const y = oneHot(sizes);
    const w = normals(rng.fork('w'), 4, d);
    const h = normals(rng.fork('h'), d, N);
    const gradients = () => {
      const residual = w.mmul(h).sub(y);
      return [
        residual.mmul(h.transpose()).div(N).add(Matrix.mul(w, lw)),
        w.transpose().mmul(residual).div(N).add(Matrix.mul(h, lh)),
      ];
    };
    descend([w, h], gradients, 0.3, 0.9, 12_000);
    const optimum = imbalancedOptimum({ sizes, layerDecays: [lw], featureDecay: lh });
    expect(optimum.map(({ collapsed }) => collapsed)).toEqual([false, false, false, true]);
    const features = classColumns(h, sizes);
    const diagonal = (values: number[]) => Matrix.diag(values);
    expect(
      distance(w.mmul(w.transpose()), diagonal(optimum.map(({ productSquare }) => productSquare))),
    ).toBeLessThan(1e-6);
    expect(distance(w.mmul(features), diagonal(optimum.map(({ logit }) => logit)))).toBeLessThan(1e-6);
    const gram = features.transpose().mmul(features);
    expect(distance(gram, diagonal(optimum.map(({ featureSquare }) => featureSquare)))).toBeLessThan(1e-6);
    const scales = sizes.map((size) => Math.sqrt((size * lh) / lw));
    expect(distance(w, features.transpose().mulColumnVector(scales))).toBeLessThan(1e-6);
  });

  it('collapses a class at a_k = 1, continuously', () => {
    const problem = (size: number) => ({
      sizes: [50, 50 - size, size],
      layerDecays: [0.01],
      featureDecay: 0.1,
    });
    expect(collapseThreshold(problem(10))).toBeCloseTo(10, 12);
    const square = (size: number) => imbalancedOptimum(problem(size))[2]?.productSquare;
    expect(square(9.999)).toBe(0);
    expect(square(10.001)).toBeGreaterThan(0);
    expect(square(10.001)).toBeLessThan(1e-2);
  });

  it('agrees with the balanced optimum where all are equally large', () => {
    const [K, n, lw, lh] = [4, 3, 0.05, 0.02];
    // (a) divides its decays by K and K n, (c) by nothing.
    const problem = { sizes: [n, n, n, n], layerDecays: [lw / K], featureDecay: lh / (K * n) };
    const balanced = squaredLossOptimum({ classifierDecay: lw, featureDecay: lh });
    for (const { productSquare, featureSquare, logit } of imbalancedOptimum(problem)) {
      expect(productSquare).toBeCloseTo(balanced.classifierSquare, 12);
      expect(featureSquare).toBeCloseTo(balanced.featureSquare, 12);
      expect(logit).toBeCloseTo(balanced.logit, 12);
    }
  });

  describe('under several linear layers', () => {
    const sizes = [6, 4, 2, 1];
    const N = 13;

    /** The objective at diagonal matrices of these singular values. */
    function objective(layers: number[][], h: number[], decays: readonly number[], lh: number): number {
      const fit = sizes.reduce((sum, size, k) => {
        const logit = layers.reduce((value, layer) => value * (layer[k] ?? NaN), h[k] ?? NaN);
        return sum + size * (logit - 1) ** 2;
      }, 0);
      const ofLayers = layers.reduce(
        (sum, layer, j) => sum + (decays[j] ?? NaN) * layer.reduce((total, value) => total + value ** 2, 0),
        0,
      );
      const ofFeatures = sizes.reduce((sum, size, k) => sum + size * (h[k] ?? NaN) ** 2, 0);
      return (fit / N + ofLayers + lh * ofFeatures) / 2;
    }

    const at = (optimum: ReturnType<typeof imbalancedOptimum>, layers: number) => ({
      layers: Array.from({ length: layers }, (_, j) =>
        optimum.map(({ layerSquares }) => Math.sqrt(layerSquares[j] ?? NaN)),
      ),
      features: optimum.map(({ featureSquare }) => Math.sqrt(featureSquare)),
    });

    it('is stationary, and no worse than any other size of each class', () => {
      for (const decays of [
        [0.02, 0.005],
        [0.01, 0.004, 0.02],
      ]) {
        const lh = 0.02;
        const { layers, features } = at(
          imbalancedOptimum({ sizes, layerDecays: decays, featureDecay: lh }),
          decays.length,
        );
        const best = objective(layers, features, decays, lh);
        for (let k = 0; k < 4; k++)
          for (const scale of [0, 0.3, 0.8, 0.999, 1.001, 1.2, 2])
            for (let moved = 0; moved <= decays.length + 1; moved++) {
              const other = [...layers, features].map((values, j) =>
                values.map((value, c) =>
                  c === k && (moved > decays.length || j === moved) ? value * scale : value,
                ),
              );
              const value = objective(other.slice(0, -1), other.at(-1) ?? [], decays, lh);
              expect(value).toBeGreaterThanOrEqual(best - 1e-15);
            }
        expect(best).toBeLessThan(
          objective(
            layers.map(() => [0, 0, 0, 0]),
            [0, 0, 0, 0],
            decays,
            lh,
          ),
        );
      }
    });

    it('is 0 where the root is a local minimum only', () => {
      // b of the smallest class is 0.593: above 1/2, where 0 is better, and below 0.65, where the root ends.
      const [decays, lh] = [[0.01, 0.01], 0.4];
      const optimum = imbalancedOptimum({ sizes, layerDecays: decays, featureDecay: lh });
      expect(optimum.map(({ collapsed }) => collapsed)).toEqual([false, false, false, true]);
      const { layers, features } = at(optimum, 2);
      const best = objective(layers, features, decays, lh);
      const scanned = Array.from({ length: 400 }, (_, i) => {
        const product = (i / 400) * 10 * Math.sqrt(N * lh);
        const own = layers.map((layer) => layer.map((value, k) => (k === 3 ? Math.sqrt(product) : value)));
        const h = features.map((value, k) => (k === 3 ? product / (product ** 2 + N * lh) : value));
        return objective(own, h, decays, lh);
      });
      expect(scanned[0]).toBeCloseTo(best, 12);
      expect(Math.min(...scanned)).toBe(scanned[0]);
      // Yet the costs fall somewhere on the way out: there is another minimum.
      expect(scanned.some((value, i) => i > 0 && value < (scanned[i - 1] ?? NaN))).toBe(true);
    });
  });

  it('throws for what has no optimum', () => {
    const problem = { sizes: [2, 1], layerDecays: [0.1], featureDecay: 0.1 };
    for (const change of [
      { sizes: [] },
      { sizes: [2, 0] },
      { layerDecays: [] },
      { layerDecays: [0.1, 0] },
      { featureDecay: -1 },
    ]) {
      expect(() => imbalancedOptimum({ ...problem, ...change })).toThrow(RangeError);
      expect(() => collapseThreshold({ ...problem, ...change })).toThrow(RangeError);
    }
  });
});
