import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import {
  AbsentClassError,
  centreClasses,
  meansOf,
  scatterFromSums,
  scatterOf,
} from '../../src/methods/collapse/class-statistics';
import { traceQuotient } from '../../src/methods/collapse/variability';
import { randomSample, statistics } from './collapse-features';

const rng = createRng(4);
const SIZES = [9, 4, 2, 1];

const near = (a: Matrix, b: Matrix) => Matrix.sub(a, b).norm('max');

describe('weighting', () => {
  const sample = randomSample(rng.fork('imbalanced'), SIZES, 6);
  const all = sample.features;

  it('by samples takes the mean of all samples and makes Σ_W + Σ_B their covariance', () => {
    const { centred, scatter } = statistics(sample, 'samples');
    expect(Array.from(centred.weights)).toEqual(SIZES.map((size) => size / 16));
    const mean = all.mean('column');
    centred.centre.forEach((value, d) => {
      expect(value).toBeCloseTo(mean[d] ?? NaN, 12);
    });
    const total = all.clone().subRowVector(mean).norm() ** 2 / 16;
    const between = centred.centred.clone().mulColumnVector(centred.weights.map(Math.sqrt)).norm() ** 2;
    const within = scatter.variances.reduce((sum, value, c) => sum + value * (centred.weights[c] ?? NaN), 0);
    expect(within + between).toBeCloseTo(total, 12);
    expect(traceQuotient(centred, scatter)).toBeCloseTo(within / between, 12);
  });

  it('by classes takes the mean of the class means, so that a class given twice over changes nothing', () => {
    const { centred, scatter } = statistics(sample, 'classes');
    const mean = centred.means.mean('column');
    centred.centre.forEach((value, d) => {
      expect(value).toBeCloseTo(mean[d] ?? NaN, 12);
    });
    const twice = {
      ...sample,
      features: new Matrix([...all.to2DArray(), ...all.to2DArray().filter((_, i) => sample.labels[i] === 0)]),
      labels: [...sample.labels, ...sample.labels.filter((c) => c === 0)],
    };
    const again = statistics(twice, 'classes');
    expect(near(again.centred.centred, centred.centred)).toBeLessThan(1e-12);
    expect(near(again.scatter.projected, scatter.projected)).toBeLessThan(1e-12);
    const bySamples = [statistics(sample, 'samples'), statistics(twice, 'samples')] as const;
    expect(near(bySamples[0].scatter.projected, bySamples[1].scatter.projected)).toBeGreaterThan(1e-3);
  });

  it('is the same either way where the classes are equally large', () => {
    const balanced = randomSample(rng.fork('balanced'), [5, 5, 5], 4);
    const [a, b] = [statistics(balanced, 'samples'), statistics(balanced, 'classes')];
    expect(near(a.centred.centred, b.centred.centred)).toBeLessThan(1e-14);
    expect(near(a.scatter.projected, b.scatter.projected)).toBeLessThan(1e-14);
  });
});

describe('sums of a stream', () => {
  /** What the device adds up, batch after batch: z zᵀ and |h − μ|². */
  function stream(sample: ReturnType<typeof randomSample>, weighting: 'samples' | 'classes') {
    const { means, counts } = meansOf(sample.features, sample.labels, SIZES.length);
    const centred = centreClasses(means, counts, weighting);
    const projected = Matrix.zeros(SIZES.length, SIZES.length);
    const within = new Float64Array(SIZES.length);
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (const [i, c] of sample.labels.entries()) {
      const away = Matrix.sub(sample.features.getRowVector(i), means.getRowVector(c));
      within[c] = (within[c] ?? NaN) + away.norm() ** 2;
      const share = Math.sqrt((total * (centred.weights[c] ?? NaN)) / (counts[c] ?? NaN));
      const z = away.mmul(centred.centred.transpose()).mul(share);
      projected.add(z.transpose().mmul(z));
    }
    return {
      centred,
      counts,
      sums: { projected: projected.to1DArray(), within },
    };
  }

  it('give the scatter of both passes in float64, in both weightings', () => {
    for (const weighting of ['samples', 'classes'] as const) {
      const sample = randomSample(rng.fork('stream'), SIZES, 6);
      const { centred, counts, sums } = stream(sample, weighting);
      const streamed = scatterFromSums(sums, counts);
      const twoPass = scatterOf(sample.features, sample.labels, centred);
      expect(near(streamed.projected, twoPass.projected)).toBeLessThan(1e-12);
      streamed.variances.forEach((value, c) => {
        expect(value).toBeCloseTo(twoPass.variances[c] ?? NaN, 12);
      });
    }
  });

  it('are made symmetric', () => {
    const { projected } = scatterFromSums({ projected: [4, 1, 3, 8], within: [1, 1] }, [1, 3]);
    expect(projected.to2DArray()).toEqual([
      [1, 0.5],
      [0.5, 2],
    ]);
  });

  it('of wrong lengths throw', () => {
    expect(() => scatterFromSums({ projected: [1, 2, 3], within: [1, 1] }, [1, 1])).toThrow(RangeError);
    expect(() => scatterFromSums({ projected: [1, 2, 3, 4], within: [1] }, [1, 1])).toThrow(RangeError);
  });
});

describe('a class that is absent', () => {
  const sample = randomSample(rng.fork('absent'), [3, 0, 2, 0], 5);
  const { means, counts } = meansOf(sample.features, sample.labels, 4);

  it('is an error that names it', () => {
    expect(() => centreClasses(means, counts, 'samples')).toThrow(AbsentClassError);
    expect(() => centreClasses(means, counts, 'classes')).toThrow('Classes 1 (counted from 0), 3 (counted');
    expect(() => centreClasses(means, counts, 'samples', ['cat', 'dog', 'frog', 'ship'])).toThrow(
      'Classes dog, ship have no sample',
    );
    expect(() => centreClasses(means, [3, 0, 2, 1], 'samples', ['cat', 'dog', 'frog', 'ship'])).toThrow(
      'Class dog has no sample',
    );
  });

  it('so is a single class, and a count or label that does not fit', () => {
    expect(() => centreClasses(Matrix.eye(1), [1], 'samples')).toThrow('two classes');
    expect(() => centreClasses(Matrix.eye(3), [1, 1], 'samples')).toThrow(RangeError);
    expect(() => meansOf(Matrix.eye(2), [0, 2], 2)).toThrow('Label 2');
    expect(() => meansOf(Matrix.eye(2), [0], 2)).toThrow(RangeError);
  });
});
