import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import card from '../../src/experiments/tract/card';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import { DeviceBatches } from '../../src/nn/device-batches';
import { createJointOptimizer } from '../../src/nn/joint-optimizer';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { parametersWhere } from '../../src/nn/parameter-groups';
import { Parameters, truncatedNormal } from '../../src/nn/parameters';
import { createVit } from '../../src/nn/vit';
import { collectRunOf } from '../support/collect-run';
import { normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

const numbers = async (x: tf.Tensor) => [...(await x.data())];

const TINY = {
  trainExamples: 100,
  testExamples: 100,
  width: 8,
  depth: 1,
  stages: 2,
  heads: 2,
  batch: 12,
  duration: 1,
  evalEvery: 4,
};

describe('a run', () => {
  const models = {
    vit: { filters: [8, 7, 7, 1], inputs: 49 },
    resnet: { filters: [8, 3, 3, 1], inputs: 9 },
    cnn: { filters: [8, 5, 5, 1], inputs: 25 },
    mlp: { filters: [8, 28, 28, 1], inputs: 64 }, // no more eigenvalues than images
  } as const;

  it.each(Object.entries(models))('of %s pictures its first layer', async (model, { filters, inputs }) => {
    const run = (update: string) => collectRunOf(card, lab.compute, { ...TINY, model, update });
    const [tract, vanilla] = [await run('tract'), await run('vanilla')];
    for (const { series, facts, snapshots } of [tract, vanilla]) {
      expect([...(series['testAccuracy']?.keys() ?? [])]).toEqual([4, 8]);
      expect(facts?.totalSteps).toBe(8);
      const of = (name: string) => snapshots.filter((snapshot) => snapshot.name === name);
      expect(of('filters').map(({ step }) => step)).toEqual([0, 4, 8]);
      expect(of('response').map(({ step }) => step)).toEqual([0, 4, 8]);
      expect(of('spectrum').map(({ step }) => step)).toEqual([0]);
      for (const { arrays } of of('filters')) expect(arrays['filters']?.shape).toEqual(filters);
      expect(of('spectrum')[0]?.arrays['eigenvalues']?.shape).toEqual([inputs]);
      for (const { arrays } of of('response'))
        for (const name of ['contrast', 'asked', 'vanilla', 'tract']) {
          const values = [...(arrays[name]?.values ?? [])];
          expect(values).toHaveLength(64);
          expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true); // 0: its units are all off
          expect(values.filter((value) => value > 0).length).toBeGreaterThan(32);
        }
    }
    // They start equal and part at the second step, by the first layer's update alone.
    expect(tract.facts?.initDigest).toBe(vanilla.facts?.initDigest);
    const losses = [tract, vanilla].map(({ series }) => [...(series['trainLoss']?.values() ?? [])]);
    expect(losses[0]?.[0]).toBe(losses[1]?.[0]);
    expect(losses[0]?.[1]).not.toBe(losses[1]?.[1]);
    expect(tract.snapshots.slice(0, 3)).toEqual(vanilla.snapshots.slice(0, 3));
  });

  it('is the same without evaluation, and again', async () => {
    const spec = { ...TINY, crop: 2, flip: true, contrast: 0.1, model: 'cnn', optimizer: 'sgd' };
    const losses = async (change: object) => {
      const { series } = await collectRunOf(card, lab.compute, { ...spec, ...change });
      return [...(series['trainLoss']?.values() ?? [])];
    };
    const once = await losses({});
    expect(await losses({ evalEvery: 0 })).toEqual(once);
    expect(await losses({ contrast: 0.2 })).not.toEqual(once);
    expect(await losses({ crop: 3 })).not.toEqual(once);
  });

  it.each([
    { firstOptimizer: 'sgd' },
    { update: 'vanilla', patchNorm: 'input' },
    { update: 'vanilla', patchNorm: 'dual' },
    { patchNorm: 'dual' },
    { inputs: 'unit' },
    { inputs: 'bytes', update: 'vanilla' },
    { smoothing: 0.1 },
  ])('learns something with %j', async (change) => {
    const { series } = await collectRunOf(card, lab.compute, {
      ...TINY,
      duration: 2,
      evalEvery: 0,
      ...change,
    });
    const values = [...(series['trainLoss']?.values() ?? [])];
    const mean = (part: readonly number[]) => part.reduce((sum, value) => sum + value, 0) / part.length;
    expect(values).toHaveLength(16);
    expect(mean(values.slice(-4))).toBeLessThan(mean(values.slice(0, 4)));
  });
});

describe('images with a contrast of their own', () => {
  const dataset = {
    name: 'toy',
    shape: [4, 4, 3],
    mean: [0.4, 0.5, 0.6],
    standardDeviation: [0.2, 0.3, 0.4],
  } as const;
  const split = {
    count: 5,
    pixels: Uint8Array.from({ length: 5 * 48 }, (_, i) => (i * 37) % 256),
    labels: Uint8Array.from([0, 1, 2, 3, 4]),
  };
  const contrast = Float32Array.of(1, 0.5, 0.1, 0.25, 2);

  it('are the standardised ones times it, by the image and not by its place in the batch', async () => {
    const [plain, scaled] = [
      new DeviceBatches(dataset, split, { patch: 2 }),
      new DeviceBatches(dataset, split, { patch: 2, contrast }),
    ];
    const indices = tf.tensor1d([3, 0, 3, 2], 'int32');
    const rng = createDeviceRng(createRng(1), tf.tensor1d([7], 'int32'));
    for (const augmentation of [undefined, { padding: 1, flip: true, noise: 0, rng }]) {
      const [one, other] = [plain, scaled].map((batches) => batches.patches(indices, augmentation));
      const want = await numbers(one?.patches as tf.Tensor);
      const factors = [0.25, 1, 0.25, Math.fround(0.1)];
      expect(await numbers(other?.patches as tf.Tensor)).toEqual(
        want.map((value, i) => Math.fround(value * (factors[Math.floor(i / 48)] ?? NaN))),
      );
      expect(await numbers(other?.labels as tf.Tensor)).toEqual(await numbers(one?.labels as tf.Tensor));
    }
    plain.dispose();
    scaled.dispose();
  });

  it('have one each', () => {
    expect(() => new DeviceBatches(dataset, split, { contrast: Float32Array.of(1) })).toThrow(
      /1 contrasts for 5/,
    );
  });
});

describe('two optimizers as one', () => {
  const adam: OptimizerSettings = { kind: 'adam', weightDecay: 0.01, momentum: 0 };
  const sgd: OptimizerSettings = { kind: 'sgd', weightDecay: 0, momentum: 0.5 };
  const isFirst = (name: string) => name === 'first.weight';

  const made = () => {
    const parameters = new Parameters(createRng(2));
    for (const name of ['first.weight', 'second.weight', 'second.bias'])
      parameters.create(name, [3, 4], truncatedNormal(1));
    return parameters;
  };
  const gradientsOf = (parameters: Parameters, bad?: string) =>
    new Map(
      [...parameters.entries()].map(([name], i) => [
        name,
        tf.tensor2d(name === bad ? new Float32Array(12).fill(NaN) : normals(12, i + 1), [3, 4]),
      ]),
    );
  const parts = (parameters: Parameters) => [
    { parameters: parametersWhere(parameters, isFirst), settings: sgd, rateFactor: 10 },
    { parameters: parametersWhere(parameters, (name) => !isFirst(name)), settings: adam, rateFactor: 1 },
  ];
  const valuesOf = async (parameters: Parameters) => [...(await parameters.toArrays())];

  it('change each part as its own optimizer would', async () => {
    const [together, apart] = [made(), made()];
    const joint = createJointOptimizer(parts(together));
    const single = parts(apart).map(({ parameters, settings, rateFactor }) => ({
      optimizer: createOptimizer(parameters, settings),
      rateFactor,
    }));
    for (let step = 1; step <= 3; step++) {
      const { gradientNorm, nonFinite } = joint.applyWith(
        gradientsOf(together),
        tf.tensor1d(joint.settingsAt(step, 0.01)),
      );
      const squares = [...gradientsOf(apart).values()].map((g) => tf.sum(tf.square(g)));
      expect((await numbers(gradientNorm))[0]).toBeCloseTo(
        Math.sqrt((await numbers(tf.addN(squares)))[0] ?? NaN),
        4,
      );
      expect(await numbers(nonFinite)).toEqual([0]);
      for (const { optimizer, rateFactor } of single)
        optimizer.applyWith(gradientsOf(apart), tf.tensor1d(optimizer.settingsAt(step, rateFactor * 0.01)));
    }
    expect(await valuesOf(together)).toEqual(await valuesOf(apart));
  });

  it.each(['first.weight', 'second.weight', 'second.bias'])(
    'name the parameter that is lost: %s',
    async (bad) => {
      const parameters = made();
      const joint = createJointOptimizer(parts(parameters));
      const { nonFinite } = joint.applyWith(
        gradientsOf(parameters, bad),
        tf.tensor1d(joint.settingsAt(1, 0.01)),
      );
      const [number = 0] = await numbers(nonFinite);
      expect(number).toBeGreaterThan(0);
      // An optimizer names a run of parameters by its last.
      expect(joint.parameterName(number).split('.')[0]).toBe(bad.split('.')[0]);
      expect(() => joint.parameterName(4)).toThrow(RangeError);
      joint.dispose();
    },
  );
});

describe('normalised patches', () => {
  const shape = { patches: 4, patchValues: 12, width: 8, heads: 2, mlpRatio: 2, depth: 1, classes: 3 };
  const logitsOf = async (patchNorm: 'none' | 'input' | 'dual', patches: tf.Tensor3D) => {
    const vit = createVit({ ...shape, patchNorm }, createRng(1));
    const found = {
      logits: await numbers(vit.forward(patches).logits),
      names: [...vit.parameters.entries()],
    };
    vit.parameters.dispose();
    return { ...found, names: found.names.map(([name]) => name) };
  };
  const patches = () => tf.tensor3d(normals(2 * 4 * 12, 1), [2, 4, 12]);

  it.each(['input', 'dual'] as const)('do not see brightness or contrast: %s', async (kind) => {
    const plain = await logitsOf(kind, patches());
    const brighter = await logitsOf(kind, tf.add(tf.mul(patches(), 30), 200));
    for (const [i, value] of plain.logits.entries()) expect(brighter.logits[i]).toBeCloseTo(value, 3);
    const none = await logitsOf('none', patches());
    expect(none.logits).not.toEqual(plain.logits);
  });

  it('have parameters only where they are learnt', async () => {
    const [none, input, dual] = [
      await logitsOf('none', patches()),
      await logitsOf('input', patches()),
      await logitsOf('dual', patches()),
    ];
    expect(input.names).toEqual(none.names);
    expect(dual.names.filter((name) => !none.names.includes(name))).toEqual([
      'patchNorm.before.gamma',
      'patchNorm.before.beta',
      'patchNorm.after.gamma',
      'patchNorm.after.beta',
    ]);
  });
});
