import { describe, expect, it } from 'vitest';
import neuralCollapse from '../../src/experiments/neural-collapse/card';
import { GEOMETRY, MIXED, PICTURED } from '../../src/experiments/neural-collapse/geometry-snapshot';
import type { CollapseSpec } from '../../src/experiments/neural-collapse/knobs';
import unconstrained from '../../src/experiments/unconstrained-features/card';
import type { UnconstrainedSpec } from '../../src/experiments/unconstrained-features/knobs';
import type { Snapshot } from '../../src/run/snapshot';
import { collectRunOf, type CollectedRun } from '../support/collect-run';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

const TINY: Partial<CollapseSpec> = {
  dataset: 'fashion-mnist',
  perClass: 8,
  testExamples: 200,
  width: 16,
  features: 12,
  batch: 20,
  duration: 8,
  durationUnit: 'steps',
  evalEvery: 0,
};
const collapse = (spec: Partial<CollapseSpec> = {}, seed = 0) =>
  collectRunOf(neuralCollapse, lab.compute, { ...TINY, ...spec }, seed);
const last = ({ series }: CollectedRun, metric: string) =>
  [...(series[metric]?.values() ?? [])].at(-1) ?? NaN;
const shapes = ({ arrays }: Snapshot) =>
  Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, shape.join(' ')]));

describe('the run of neural collapse', () => {
  it('repeats to the last bit, measured often or seldom, and replays its steps', async () => {
    const [seldom, again, often] = [await collapse(), await collapse(), await collapse({ evalEvery: 1 })];
    expect(seldom.facts?.engine?.captured).toEqual({ captured: true });
    for (const metric of ['batchLoss', 'nc1', 'nc3', 'testAccuracy'])
      expect(again.series[metric], metric).toEqual(seldom.series[metric]);
    expect(often.series['batchLoss']).toEqual(seldom.series['batchLoss']);
    expect(last(often, 'nc1')).toBe(last(seldom, 'nc1'));
    expect([...(often.series['nc1']?.keys() ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...(seldom.series['nc1']?.keys() ?? [])]).toEqual([0, 4, 8]);
  });

  it('pictures classes, features, and mixed images', async () => {
    const { snapshots } = await collapse({ features: 3 });
    const of = (name: string) => snapshots.filter((snapshot) => snapshot.name === name);
    expect(of(PICTURED).map(shapes)).toEqual([{ labels: '80', sizes: '10', pairs: '550 2', shares: '550' }]);
    expect(of(GEOMETRY).map(({ step }) => step)).toEqual([0, 4, 8]);
    const [geometry] = of(GEOMETRY).map(shapes);
    expect(geometry).toEqual({
      points: '80 10',
      means: '10 10',
      classifier: '10 10',
      meanCosines: '10 10',
      classifierCosines: '10 10',
      meanLengths: '10',
      classifierLengths: '10',
      testAccuracy: '10',
      layers: '3 3',
      plainPoints: '80 3',
      plainMeans: '10 3',
      plainClassifier: '10 3',
    });
    expect(of(MIXED)).toHaveLength(3);
    expect(of(MIXED).at(-1)?.arrays['points']?.shape).toEqual([550, 10]);
  });

  it.each<[string, Partial<CollapseSpec>]>([
    ['a CNN with squared error', { body: 'cnn', loss: 'mse', width: 4, features: 10, learningRate: 0.02 }],
    [
      'a ResNet without batch norm',
      { body: 'resnet', width: 4, features: 6, batchNorm: false, learningRate: 0.01 },
    ],
    ['a deep linear head with decay of features', { headLayers: 3, headBias: false, featureDecay: 0.01 }],
    ['mixup', { mixup: 1 }],
  ])('measures %s', async (_, spec) => {
    const run = await collapse(spec);
    for (const metric of [
      'nc1',
      'traceQuotient',
      'maximalAngleMeans',
      'nc3',
      'nc4Test',
      'trainLoss',
      'cdnv',
      'testCdnv',
    ])
      expect(Number.isFinite(last(run, metric)), metric).toBe(true);
    expect(run.facts?.engine?.captured).toEqual({ captured: true });
    const layers = Object.keys(run.series).filter((name) => name.startsWith('layerNc1.'));
    expect(layers).toHaveLength(spec.headLayers === 3 ? 5 : 3);
  });

  it('tells of small classes, with the predicted threshold', async () => {
    const run = await collapse({
      ...{ imbalance: 'step', ratio: 8, minority: 3, perClass: 16, batch: 10 },
      ...{ loss: 'mse', headBias: false, headDecay: 0.1, featureDecay: 0.5, learningRate: 0.01 },
    });
    expect(run.facts?.details['Training images of each class']).toBe('16, 16, 16, 16, 16, 16, 16, 2, 2, 2');
    expect(run.facts?.details['Predicted minority collapse']).toBe('classes of 5.90 images or fewer');
    expect(last(run, 'predictedLengthRatio')).toBe(0);
    expect(last(run, 'predictedClassLength.10')).toBe(0);
    for (const metric of ['lengthRatio', 'minorityAccuracy', 'majorityAccuracy', 'minorityCosine'])
      expect(Number.isFinite(last(run, metric)), metric).toBe(true);
  });

  it('measures classes that were held out, and robustness', async () => {
    const run = await collapse({ heldOut: '7 8 9', shots: 2, robustness: 10 });
    expect(run.facts?.details['Held-out classes']).toBe('Sneaker, Bag, Ankle boot');
    expect(last(run, 'fewShot')).toBeGreaterThan(0.4); // chance is 1/3
    expect(last(run, 'unseenCdnv')).toBeGreaterThan(0);
    expect(last(run, 'nc5')).toBeLessThanOrEqual(1);
    expect(last(run, 'robustness')).toBeGreaterThan(0);
  });

  it('collapses: on few images with strong decay NC1 falls by orders of magnitude, and the nearest mean decides', async () => {
    const run = await collapse({ duration: 300, weightDecay: 0.01, headDecay: 0.01 });
    const [first = NaN] = run.series['nc1']?.values() ?? [];
    expect(last(run, 'trainAccuracy')).toBe(1);
    expect(last(run, 'nc1')).toBeLessThan(0.02 * first);
    expect(last(run, 'nc4Train')).toBe(0);
    expect(last(run, 'nc3')).toBeLessThan(0.1);
    expect(last(run, 'terminalStep')).toBeLessThan(300);
    expect(run.facts?.details['Terminal phase, 99.9 % training accuracy']).toMatch(/^since step \d+$/);
  });
});

describe('the run of unconstrained features', () => {
  const presetOf = (name: keyof typeof unconstrained.presets, spec: Partial<UnconstrainedSpec>) => ({
    ...unconstrained.presets[name]?.spec,
    ...spec,
  });

  it.each<[string, Partial<UnconstrainedSpec>]>([
    ['squared error', presetOf('balanced', { duration: 250 })],
    ['squared error, 20 classes', { classes: 20, perClass: 3, dimension: 24, duration: 250 }],
    [
      'cross-entropy',
      presetOf('balanced', { objective: 'ce', classifierDecay: 5e-3, featureDecay: 1e-3, duration: 250 }),
    ],
    [
      'cross-entropy in C − 1 dimensions',
      { objective: 'ce', dimension: 3, classifierDecay: 5e-3, featureDecay: 1e-3 },
    ],
    ['unequal classes', presetOf('imbalanced', { objective: 'imbalanced' })],
    [
      'unequal classes, of which one vanishes',
      presetOf('imbalanced', {
        objective: 'imbalanced',
        classifierDecay: 5e-3,
        featureDecay: 1e-2,
        duration: 400,
      }),
    ],
    ['three layers', presetOf('deep', { objective: 'imbalanced', layers: 3 })],
    ['nothing', presetOf('vanishing', {})],
  ])('lands on the closed form: %s', async (_, spec) => {
    const run = await collectRunOf(unconstrained, lab.compute, { ...spec, evalEvery: 0 });
    expect(last(run, 'gap')).toBeLessThan(1e-3);
    const value = last(run, 'predictedObjective');
    expect(Math.abs(last(run, 'objective') - value) / value).toBeLessThan(1e-3);
    expect(last(run, 'collapsedClasses')).toBe(last(run, 'predictedCollapsed'));
    expect(run.facts?.engine?.captured).toEqual({ captured: true });
  });

  it('pictures features and inner products beside the predicted ones', async () => {
    const { snapshots } = await collectRunOf(unconstrained, lab.compute, {
      duration: 3,
      evalEvery: 0,
      perClass: 40,
    });
    expect(snapshots.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    const [first] = snapshots;
    if (!first) throw new Error('there is a snapshot');
    expect(shapes(first)).toEqual({
      labels: '120',
      points: '120 4',
      means: '4 4',
      classifier: '4 4',
      classifierGram: '4 4',
      predictedClassifierGram: '4 4',
      featureGram: '4 4',
      predictedFeatureGram: '4 4',
    });
  });
});
