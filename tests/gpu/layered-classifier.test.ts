import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../src/data/safetensors';
import { LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import { createGroupedSgd } from '../../src/nn/grouped-sgd';
import { createLayeredClassifier, isOfHead, type LayeredShape } from '../../src/nn/layered-classifier';
import { createMlp } from '../../src/nn/mlp';
import { parametersWhere } from '../../src/nn/parameter-groups';
import { ones, Parameters } from '../../src/nn/parameters';
import { createResNet } from '../../src/nn/resnet';
import { measureRobustness } from '../../src/training/measure-robustness';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const base: LayeredShape = {
  body: 'mlp',
  image: [8, 8, 3],
  widths: [12, 7],
  classes: 4,
  batchNorm: true,
  headLayers: 1,
  headBias: true,
};
const images = () => tf.tensor4d(normals(5 * 192, 3), [5, 8, 8, 3]);
const numbers = async (tensor: tf.Tensor) => [...(await tensor.data())];

describe('a layered classifier', () => {
  it.each([true, false])('is the perceptron of createMlp, batch norm %s', async (batchNorm) => {
    const layered = createLayeredClassifier({ ...base, batchNorm }, createRng(1));
    const mlp = createMlp({ inputs: 192, hidden: [12, 7], classes: 4, batchNorm }, createRng(1));
    expect(layered.parameters.initDigest).toBe(mlp.parameters.initDigest);
    for (const training of [true, false]) {
      const got = layered.forward(images(), training ? 'training' : 'evaluation');
      const want = mlp.forward(tf.reshape(images(), [-1, 192]), training);
      expect(distance(await numbers(got.logits), await numbers(want.logits))).toBeLessThan(1e-5);
      expect(distance(await numbers(got.features), await numbers(want.features))).toBeLessThan(1e-5);
    }
    layered.dispose();
    mlp.dispose();
  });

  it('is the residual network of createResNet', async () => {
    const layered = createLayeredClassifier({ ...base, body: 'resnet', widths: [4, 6, 8] }, createRng(1));
    const resnet = createResNet({ channels: 3, classes: 4, widths: [4, 6, 8] }, createRng(2));
    const arrays = await resnet.parameters.toArrays();
    layered.parameters.assign(
      new Map(
        [...arrays].map(([name, array]) => [name.replace('.block1', ''), array] as [string, NamedArray]),
      ),
    );
    const got = layered.forward(images(), 'training');
    const want = resnet.forward(images(), true);
    expect(distance(await numbers(got.logits), await numbers(want.logits))).toBeLessThan(1e-5);
    layered.dispose();
    resnet.dispose();
  });

  it.each(['mlp', 'cnn', 'resnet'] as const)('shows every layer and counts its work: %s', async (body) => {
    const layered = createLayeredClassifier({ ...base, body, headLayers: 3, headBias: false }, createRng(1));
    const { logits, layers, features } = layered.forward(images(), 'training');
    expect(layers.map(({ shape }) => shape)).toEqual([
      [5, 12],
      [5, 7],
      [5, 7],
      [5, 7],
    ]);
    expect(layered.layerNames).toHaveLength(4);
    expect(layered.layerNames.slice(2)).toEqual(['head.1', 'head.2']);
    expect(logits.shape).toEqual([5, 4]);
    expect(features).toBe(layers[1]);
    const last = layers[3];
    if (!last) throw new Error('four layers');
    const product = tf.matMul(last, layered.head.weight);
    expect(distance(await numbers(logits), await numbers(product))).toBeLessThan(1e-6);
    expect((await numbers(features)).every((value) => value >= 0)).toBe(true);
    const head = 2 * 49 + 28;
    const work = {
      mlp: 192 * 12 + 12 * 7,
      cnn: 64 * 27 * 12 + 16 * 9 * 12 * 7,
      resnet: 64 * 27 * 12 + 2 * 64 * 9 * 144 + 16 * (9 * 12 * 7 + 9 * 49 + 12 * 7),
    };
    expect(layered.flopsPerImage).toBe(work[body] + head);
    expect([...layered.parameters.entries()].map(([name]) => name).filter(isOfHead)).toEqual([
      'head.1.weight',
      'head.2.weight',
      'head.weight',
    ]);
    layered.dispose();
  });

  it.each(['mlp', 'cnn', 'resnet'] as const)(
    'gives the same where it is differentiable: %s',
    async (body) => {
      const layered = createLayeredClassifier({ ...base, body }, createRng(1));
      for (let i = 0; i < 3; i++) layered.forward(images(), 'training');
      const [got, want] = [
        layered.forward(images(), 'differentiable'),
        layered.forward(images(), 'evaluation'),
      ];
      expect(distance(await numbers(got.logits), await numbers(want.logits))).toBeLessThan(1e-5);
      layered.dispose();
    },
  );

  it('frees all it holds', () => {
    const before = tf.memory().numTensors;
    createLayeredClassifier({ ...base, body: 'resnet' }, createRng(1)).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('SGD in groups', () => {
  const slopes = [
    [0.5, -1, 0.25],
    [-0.25, 3, -0.125],
    [2, 0.5, 1],
  ];

  it.each([LAB, 'cpu'])('decays all parameters of a group, each by its own, on %s', async (backend) => {
    await tf.setBackend(backend);
    const parameters = new Parameters(createRng(0));
    const variables = ['body.gamma', 'body.bias', 'head.weight'].map((name) =>
      parameters.create(name, [1], ones),
    );
    const groups = [
      { parameters: parametersWhere(parameters, (name) => !isOfHead(name)), weightDecay: 0.1 },
      { parameters: parametersWhere(parameters, isOfHead), weightDecay: 0.5, rateFactor: 2 },
    ];
    const sgd = createGroupedSgd(groups, { momentum: 0.9 });
    const want = [1, 1, 1];
    const speed = [0, 0, 0];
    for (const slope of slopes) {
      const gradients = new Map(
        [...parameters.entries()].map(([name], i) => [name, tf.tensor1d([slope[i] ?? NaN])] as const),
      );
      const { gradientNorm, nonFinite } = sgd.applyWith(gradients, tf.tensor1d(sgd.settingsAt(0.1)));
      expect((await numbers(gradientNorm))[0]).toBeCloseTo(Math.hypot(...slope), 5);
      expect(await numbers(nonFinite)).toEqual([0]);
      for (const [i, g] of slope.entries()) {
        speed[i] = 0.9 * (speed[i] ?? NaN) + g + (i < 2 ? 0.1 : 0.5) * (want[i] ?? NaN);
        want[i] = (want[i] ?? NaN) - (i < 2 ? 0.1 : 0.2) * speed[i];
      }
    }
    for (const [i, variable] of variables.entries())
      expect((await numbers(variable))[0]).toBeCloseTo(want[i] ?? NaN, 5);
    sgd.dispose();
    await tf.setBackend(LAB);
  });

  it('says which gradient is not finite, over all groups', async () => {
    const parameters = new Parameters(createRng(0));
    for (const name of ['a', 'b', 'head.c', 'head.d']) parameters.create(name, [2], ones);
    const sgd = createGroupedSgd(
      [
        { parameters: parametersWhere(parameters, (name) => !isOfHead(name)), weightDecay: 0 },
        { parameters: parametersWhere(parameters, isOfHead), weightDecay: 0 },
      ],
      { momentum: 0 },
    );
    const culprit = async (...bad: string[]) => {
      const gradients = new Map(
        [...parameters.entries()].map(
          ([name]) => [name, tf.fill([2], bad.includes(name) ? NaN : 1)] as const,
        ),
      );
      const { nonFinite } = sgd.applyWith(gradients, tf.tensor1d(sgd.settingsAt(0.1)));
      return sgd.parameterName((await numbers(nonFinite))[0] ?? NaN);
    };
    expect(await culprit('b')).toBe('b');
    expect(await culprit('head.d')).toBe('head.d');
    expect(await culprit('a', 'head.c')).toBe('a');
    expect(() => sgd.parameterName(5)).toThrow(RangeError);
    sgd.dispose();
    parameters.dispose();
  });
});

describe('robustness', () => {
  const { signal } = new AbortController();

  it('of a linear classifier is the distance to the nearest boundary', async () => {
    const [count, values, classes] = [6, 5, 4];
    const x = normals(count * values, 1);
    const w = normals(values * classes, 2);
    const logit = (i: number, k: number) =>
      Array.from(
        { length: values },
        (_, d) => (x[i * values + d] ?? NaN) * (w[d * classes + k] ?? NaN),
      ).reduce((a, b) => a + b);
    const ratios = Array.from({ length: count }, (_, i) => {
      const logits = Array.from({ length: classes }, (_, k) => logit(i, k));
      const y = logits.indexOf(Math.max(...logits));
      const distances = logits.flatMap((value, k) => {
        const slope = Array.from(
          { length: values },
          (_, d) => (w[d * classes + k] ?? NaN) - (w[d * classes + y] ?? NaN),
        );
        return k === y ? [] : [((logits[y] ?? NaN) - value) / Math.hypot(...slope)];
      });
      return (1.02 * Math.min(...distances)) / Math.hypot(...x.subarray(i * values, (i + 1) * values));
    });
    const weight = tf.tensor2d(w, [values, classes]);
    const images = tf.tensor4d(x, [count, values, 1, 1]);
    const measured = await measureRobustness(
      images,
      (batch) => tf.matMul<tf.Tensor2D>(tf.reshape(batch, [count, values]), weight),
      { steps: 10, signal },
    );
    expect(measured).toBeCloseTo(ratios.reduce((a, b) => a + b) / count, 4);
    tf.dispose([weight, images]);
  });

  it('of a network takes steps until the class changes, and keeps nothing', async () => {
    const model = createLayeredClassifier(base, createRng(4));
    const batch = images();
    const before = tf.memory().numTensors;
    const after = (steps: number) =>
      measureRobustness(batch, (x) => model.forward(x as tf.Tensor4D, 'differentiable').logits, {
        steps,
        signal,
      });
    const [one, many] = [await after(1), await after(20)];
    expect(one).toBeGreaterThan(0);
    expect(many).toBeGreaterThanOrEqual(one);
    expect(await after(40)).toBeCloseTo(many, 6);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    batch.dispose();
  });
});
