import { describe, expect, it } from 'vitest';
import {
  classOutcomes,
  thresholdsOf,
  vanishingWords,
} from '../../src/experiments/unconstrained-features/lens/class-outcomes';
import { gapWords } from '../../src/experiments/unconstrained-features/lens/gap-words';
import {
  differenceOf,
  geometryIn,
  largestEntry,
  lengthsOf,
  relativeDistance,
} from '../../src/experiments/unconstrained-features/lens/geometry';
import { entryText, shortText } from '../../src/experiments/unconstrained-features/lens/number-words';
import { collapseOf, sizesOf, valueAt } from '../../src/experiments/unconstrained-features/lens/run-facts';
import { spaceMoments } from '../../src/experiments/unconstrained-features/lens/space-moments';
import { imbalancedOptimum } from '../../src/methods/collapse/unconstrained/imbalanced-optimum';
import { RunSeries } from '../../src/run/run-series';
import type { NumberArray, Snapshot } from '../../src/run/snapshot';

const matrix = (values: number[][]): NumberArray => ({
  shape: [values.length, values[0]?.length ?? 0],
  values: Float32Array.from(values.flat()),
});

const snapshot: Snapshot = {
  name: 'geometry',
  step: 20,
  arrays: {
    classifierGram: matrix([
      [4, 0.5],
      [0.5, 0.25],
    ]),
    predictedClassifierGram: matrix([
      [4, 0],
      [0, 0],
    ]),
    featureGram: matrix([
      [9, 0],
      [0, 1],
    ]),
    predictedFeatureGram: matrix([
      [9, 0],
      [0, 0],
    ]),
  },
};
const geometry = geometryIn(snapshot);
const unequal = { objective: 'imbalanced', layers: 1, classifierDecay: 5e-3, featureDecay: 1e-2 };

describe('found against predicted', () => {
  it('reads inner products and their difference', () => {
    expect(geometry && differenceOf(geometry.classifier)).toEqual([
      [0, 0.5],
      [0.5, 0.25],
    ]);
    expect(geometry && relativeDistance(geometry.classifier)).toBeCloseTo(Math.sqrt(0.5 + 0.0625) / 4, 12);
    expect(relativeDistance({ found: [[0.5]], predicted: [[0]] })).toBe(0.5);
    expect(geometry && lengthsOf(geometry.classifier.found)).toEqual([2, 0.5]);
    expect(lengthsOf([[-1e-9]])).toEqual([0]); // rounding must not make NaN
    expect(
      largestEntry([
        [
          [1, -3],
          [2, 0],
        ],
      ]),
    ).toBe(3);
    expect(largestEntry([])).toBe(0);
    expect(geometryIn({ ...snapshot, arrays: {} })).toBeNull();
  });

  it('says which classes should vanish by the same a_k as the closed form', () => {
    const sizes = [200, 100, 50, 4];
    const thresholds = thresholdsOf(unequal, sizes);
    const optimum = imbalancedOptimum({
      sizes,
      layerDecays: [unequal.classifierDecay],
      featureDecay: unequal.featureDecay,
    });
    expect(thresholds.map((a) => (a ?? 0) >= 1)).toEqual(optimum.map(({ collapsed }) => collapsed));
    expect(thresholds[3]).toBeCloseTo((354 ** 2 * 5e-5) / 4, 9);
    expect(thresholdsOf({ ...unequal, layers: 3 }, sizes)).toEqual([null, null, null, null]);
    expect(thresholdsOf({ ...unequal, objective: 'mse' }, [10, 10])).toEqual([null, null]);
  });

  it('tells the classes one by one, and in words which vanish', () => {
    if (!geometry) throw new Error('no geometry');
    const classes = classOutcomes(unequal, [350, 4], geometry);
    expect(classes[1]).toMatchObject({
      number: 2,
      size: 4,
      row: { found: 0.5, predicted: 0 },
      feature: { found: 1, predicted: 0 },
      vanishes: true,
    });
    expect(vanishingWords(unequal, classes, 0)).toBe(
      'Class 2 should vanish: a_k = N² λ_W λ_H ∕ n_k is 1 or more. Vanished at this step: 0 of 2.',
    );
    const [first, second] = classes;
    if (!first || !second) throw new Error('two classes');
    expect(vanishingWords(unequal, [first], null)).toBe('No class should vanish.');
    expect(vanishingWords(unequal, [first, second, { ...second, number: 3 }], null)).toContain(
      'Classes 2 and 3 should vanish',
    );
    expect(vanishingWords(unequal, [second], 1)).toContain('all classes should vanish');
  });

  it('says from which step on the closed form is reached', () => {
    const series = new RunSeries();
    const tell = (step: number[], value: number[]) =>
      series.append({
        metric: 'gap',
        step: Float64Array.from(step),
        trainMs: new Float64Array(step.length),
        value: Float64Array.from(value),
      });
    expect(gapWords(series, true)).toBe('Nothing measured yet.');
    tell([0, 10, 20], [4.2, 5e-4, 0.02]);
    expect(gapWords(series, true)).toBe('0.020 at step 20, from 4.2 at first: above 0.001.');
    tell([30, 1400], [1e-3, 2.6e-5]);
    expect(gapWords(series, false)).toBe(
      '2.6e−5 at step 1,400, from 4.2 at first: at most 0.001 from step 30 on.',
    );
    expect(valueAt(series.of('gap'), 20)).toBe(0.02);
    expect(valueAt(series.of('gap'), 21)).toBeNull();
  });

  it('writes entries to the digits of the largest', () => {
    expect(entryText(16.5012, 17.1)).toBe('16.5');
    expect(entryText(-0.00004, 0.065)).toBe('0.0000');
    expect(entryText(0.0412, 0.065)).toBe('0.0412');
    expect(entryText(NaN, 1)).toBe('–');
    expect(shortText(4.2e-7)).toBe('4.2e−7');
    expect(shortText(0)).toBe('0.0');
  });

  it('takes what the run has said of itself', () => {
    const facts = {
      details: {
        'Samples of each class': '200, 4',
        'Predicted collapse': 'classes of 6.266 samples or fewer',
      },
    };
    expect(sizesOf({ facts })).toEqual([200, 4]);
    expect(collapseOf({ facts })).toBe('classes of 6.266 samples or fewer');
    expect(sizesOf({})).toEqual([]);
  });

  it('hands moments to the picture in space, those that have all of it', () => {
    const vectors = matrix([[1, 2]]);
    const arrays = { points: vectors, means: vectors, classifier: vectors, labels: vectors };
    const found = spaceMoments([
      { name: 'geometry', step: 0, arrays },
      { name: 'geometry', step: 5, arrays: { labels: vectors } },
    ]);
    expect(found?.moments.map(({ step }) => step)).toEqual([0]);
    expect(spaceMoments([snapshot])).toBeNull();
  });
});
