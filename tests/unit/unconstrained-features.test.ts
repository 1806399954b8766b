import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import card from '../../src/experiments/unconstrained-features/card';
import { problemsOf, sizesOf } from '../../src/experiments/unconstrained-features/check';
import type { UnconstrainedSpec } from '../../src/experiments/unconstrained-features/knobs';
import { gapTo, predict } from '../../src/experiments/unconstrained-features/prediction';
import { createRng } from '../../src/math/philox-rng';
import { simplexFrame } from '../../src/methods/collapse/simplex-geometry';
import { parseSpec } from '../../src/spec/parse-spec';
import { orthogonal } from './collapse-features';

const specOf = (change: Partial<UnconstrainedSpec> = {}): UnconstrainedSpec => parseSpec(card.knobs, change);
const rng = createRng(3);

describe('the closed form', () => {
  it('has the values of the specification', () => {
    const equal = predict(specOf({ classes: 4, perClass: 3, classifierDecay: 0.05, featureDecay: 0.02 }));
    expect(equal.value).toBeCloseTo(0.03112278, 8);
    expect(equal.features.get(0, 0)).toBeCloseTo(1.53114, 5);
    expect(equal.logits.get(1, 1)).toBeCloseTo(0.968377, 6);
    expect(equal.logits.get(1, 0)).toBe(0);
    const unequal = predict(
      specOf({ objective: 'imbalanced', sizes: '200 100 50 4', classifierDecay: 1e-3, featureDecay: 1e-4 }),
    );
    const squares = unequal.classifier.diagonal();
    for (const [k, want] of [4.43674, 3.12688, 2.20067, 0.59706].entries())
      expect(squares[k]).toBeCloseTo(want, 5);
  });

  it('is 0 where decay wins', () => {
    const none = predict(specOf({ classifierDecay: 1.5, featureDecay: 0.8 }));
    expect([none.classifier.norm(), none.features.norm(), none.logits.norm(), none.value]).toEqual([
      0, 0, 0, 0.5,
    ]);
  });
});

describe('the distance from the closed form', () => {
  const spec = specOf({
    objective: 'ce',
    classes: 4,
    perClass: 2,
    classifierDecay: 5e-3,
    featureDecay: 1e-3,
  });
  const prediction = predict(spec);
  const labels = [0, 0, 1, 1, 2, 2, 3, 3];
  const length = Math.sqrt(prediction.classifier.get(0, 0));
  const ratio = Math.sqrt(prediction.features.get(0, 0)) / length;
  const classifier = simplexFrame(4)
    .mul(length)
    .mmul(orthogonal(rng, 6).subMatrix(0, 3, 0, 5));
  const features = new Matrix(labels.map((c) => Matrix.mul(classifier, ratio).getRow(c)));

  it('is 0 at the optimum, however it is turned', () => {
    expect(gapTo(prediction, classifier, features, labels).largest).toBeLessThan(1e-12);
    const turn = orthogonal(rng.fork('turn'), 6);
    expect(gapTo(prediction, classifier.mmul(turn), features.mmul(turn), labels).largest).toBeLessThan(1e-12);
  });

  it('sees features that are scattered, turned away, or too long', () => {
    const scattered = features.clone();
    scattered.set(0, 0, scattered.get(0, 0) + 0.1);
    expect(gapTo(prediction, classifier, scattered, labels).features).toBeGreaterThan(1e-3);
    const turned = features.mmul(orthogonal(rng.fork('away'), 6));
    const away = gapTo(prediction, classifier, turned, labels);
    expect(away.features).toBeLessThan(1e-12);
    expect(away.logits).toBeGreaterThan(0.1);
    const longer = gapTo(prediction, Matrix.mul(classifier, 1.01), features, labels);
    expect(longer.classifier).toBeCloseTo(0.0201, 4);
    expect(longer.largest).toBe(longer.classifier);
  });

  it('is the length itself where the closed form is 0', () => {
    const none = predict(specOf({ classes: 4, classifierDecay: 1.5, featureDecay: 0.8 }));
    const gap = gapTo(none, Matrix.eye(4).mul(0.1), Matrix.zeros(4, 4), [0, 1, 2, 3]);
    expect(gap.classifier).toBeCloseTo(0.02, 12);
    expect(gap.features).toBe(0);
  });
});

describe('the check', () => {
  const where = (change: Partial<UnconstrainedSpec>) =>
    problemsOf(specOf(change)).map((problem) => problem.where);

  it('finds what no single knob can', () => {
    expect(where({})).toEqual([]);
    expect(where({ dimension: 3 })).toEqual(['dimension']);
    expect(where({ dimension: 3, objective: 'ce' })).toEqual([]);
    expect(where({ perClass: 100, classes: 11, dimension: 20 })).toEqual(['perClass']);
    expect(where({ objective: 'imbalanced', sizes: '5' })).toEqual(['sizes']);
    expect(where({ objective: 'imbalanced', sizes: '5 2.5' })).toEqual(['sizes']);
    expect(sizesOf(specOf({ objective: 'imbalanced', sizes: '5 3' }))).toEqual([5, 3]);
    expect(sizesOf(specOf({ classes: 2, perClass: 7 }))).toEqual([7, 7]);
  });
});
