import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/engine/capture';
import { LAB } from '../../src/engine/lab-backend';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { detach } from '../../src/kernels/detach';
import { solveRegularized } from '../../src/kernels/tract-solve/solve-regularized';
import { unfold } from '../../src/kernels/unfold/unfold';
import { windowGram } from '../../src/kernels/window-gram/window-gram';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import { tract } from '../../src/methods/tract/tract';
import { createCnn } from '../../src/nn/cnn';
import { createConvolution } from '../../src/nn/conv';
import type { FirstLayerRule } from '../../src/nn/first-layer';
import { createFirstLinear } from '../../src/nn/linear';
import { createMlp } from '../../src/nn/mlp';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { Parameters } from '../../src/nn/parameters';
import { createResNet } from '../../src/nn/resnet';
import { createVit } from '../../src/nn/vit';
import { distance, integers, normals } from './random-tensor';
import { tractOfRows } from './tract-of-rows';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();
beforeEach(async () => {
  await tf.setBackend(LAB);
});

const LAMBDA = 0.1;
const CLASSES = 5;
const numbers = async (x: tf.Tensor) => [...(await x.data())];

/** Largest |a − b| relative to the largest |b|. */
function relative(a: readonly number[], b: readonly number[]): number {
  const largest = Math.max(...b.map(Math.abs));
  expect(largest).toBeGreaterThan(0); // neither empty nor NaN
  return distance(
    a.map((value) => value / largest),
    b.map((value) => value / largest),
  );
}

/** A classifier whose first layer trains by a rule, or like any other. */
interface Model {
  parameters: Parameters;
  /** Name of the first layer's weight. */
  first: string;
  /** Rows of the first layer's inputs, for the batch. */
  rows: (x: tf.Tensor) => tf.Tensor2D;
  logits: (x: tf.Tensor) => tf.Tensor2D;
}

interface Example {
  /** Shape of a batch. */
  x: number[];
  make: (rule?: FirstLayerRule) => Model;
}

const resNet: Example = {
  x: [4, 8, 8, 3],
  make(firstLayer) {
    const net = createResNet({ channels: 3, classes: CLASSES, widths: [4, 8] }, createRng(3));
    return {
      parameters: net.parameters,
      first: 'stem.conv.weight',
      rows: (x) => unfold(x as tf.Tensor4D, { size: 3, stride: 1, padding: 1 }),
      logits: (x) => net.forward(x as tf.Tensor4D, true, { firstLayer }).logits,
    };
  },
};

/** Shapes whose rows are more than the inputs, but for the last. */
const models: Record<string, Example> = {
  'ViT, patches of 4': {
    x: [6, 9, 16],
    make(firstLayer) {
      const shape = { patches: 9, patchValues: 16, width: 16, heads: 2, mlpRatio: 2, depth: 1 };
      const vit = createVit({ ...shape, classes: CLASSES }, createRng(3));
      return {
        parameters: vit.parameters,
        first: 'embed.weight',
        rows: (x) => tf.reshape(x, [-1, 16]),
        logits: (x) => vit.forward(x as tf.Tensor3D, undefined, { firstLayer }).logits,
      };
    },
  },
  ResNet: resNet,
  'CNN, 5 × 5 filters with stride 2': {
    x: [5, 9, 8, 2],
    make(firstLayer) {
      const shape = { image: [9, 8, 2], widths: [6, 8], firstSize: 5, firstStride: 2 } as const;
      const net = createCnn({ ...shape, classes: CLASSES }, createRng(3));
      return {
        parameters: net.parameters,
        first: 'stage1.conv.weight',
        rows: (x) => unfold(x as tf.Tensor4D, { size: 5, stride: 2, padding: 2 }),
        logits: (x) => net.forward(x as tf.Tensor4D, true, { firstLayer }).logits,
      };
    },
  },
  'MLP with batch norm': {
    x: [40, 30],
    make: (firstLayer) => mlpOf(30, true, firstLayer),
  },
  'MLP, fewer rows than inputs': {
    x: [12, 50],
    make: (firstLayer) => mlpOf(50, false, firstLayer),
  },
};

function mlpOf(inputs: number, batchNorm: boolean, firstLayer?: FirstLayerRule): Model {
  const mlp = createMlp({ inputs, hidden: [16, 8], classes: CLASSES, batchNorm }, createRng(3));
  return {
    parameters: mlp.parameters,
    first: 'layer1.weight',
    rows: (x) => x as tf.Tensor2D,
    logits: (x) => mlp.forward(x as tf.Tensor2D, true, { firstLayer }).logits,
  };
}

const inputOf = (shape: readonly number[], seed = 1) =>
  tf.tensor(normals(tf.util.sizeFromShape([...shape]), seed), [...shape]);

const lossOf = ({ logits }: Model, x: tf.Tensor) =>
  softmaxCrossEntropy(logits(x), tf.tensor1d(integers(x.shape[0], CLASSES, 2), 'int32'), {
    reduction: 'mean',
  });

function gradientsOf(model: Model, x: tf.Tensor) {
  const { value, grads } = tf.variableGrads(() => lossOf(model, x), model.parameters.list());
  return { loss: value, gradients: model.parameters.byName(grads) };
}

describe.each(Object.entries(models))('the first layer of %s', (_, { x: shape, make }) => {
  it.each([LAB, 'cpu'])(
    'has a weight gradient G with G (C + λI) = ∇W, and nothing else changes: %s',
    async (backend) => {
      await tf.setBackend(backend);
      const x = inputOf(shape);
      const [plain, ours] = [make(), make(tract(LAMBDA))];
      const [want, got] = [gradientsOf(plain, x), gradientsOf(ours, x)];
      expect(await numbers(got.loss)).toEqual(await numbers(want.loss));
      expect([...got.gradients.keys()]).toEqual([...want.gradients.keys()]);
      for (const [name, gradient] of want.gradients) {
        const found = await numbers(got.gradients.get(name) as tf.Tensor);
        if (name !== plain.first) expect(found, name).toEqual(await numbers(gradient));
        else expect(relative(found, await numbers(gradient))).toBeGreaterThan(1e-3);
      }
      const rows = ours.rows(x);
      const [count, inputs] = rows.shape;
      const scatter = tf.div(tf.matMul(rows, rows, true, false), count);
      const regularized = tf.add(scatter, tf.mul(tf.eye(inputs), LAMBDA));
      const flat = (of: typeof want, { first }: Model) =>
        tf.reshape<tf.Rank.R2>(of.gradients.get(first) as tf.Tensor, [inputs, -1]);
      const product = tf.matMul<tf.Tensor>(regularized, flat(got, ours));
      const plainGradient = await numbers(flat(want, plain));
      expect(relative(await numbers(product), plainGradient)).toBeLessThan(1e-5);
      // A direction of descent.
      const [inner = 0] = await numbers(tf.sum(tf.mul(flat(got, ours), flat(want, plain))));
      expect(inner).toBeGreaterThan(0);
      plain.parameters.dispose();
      ours.parameters.dispose();
    },
  );

  it('leaves the gradient of its input as it is', async () => {
    const of = async (model: Model) => {
      const found = await numbers(tf.grad((x) => lossOf(model, x))(inputOf(shape)));
      model.parameters.dispose();
      return found;
    };
    expect(await of(make(tract(LAMBDA)))).toEqual(await of(make()));
  });

  it('computes the same logits when nothing is differentiated, and keeps no tensor', async () => {
    const [plain, ours] = [make(), make(tract(LAMBDA))];
    const x = inputOf(shape);
    const before = tf.memory().numTensors;
    const [a, b] = [plain, ours].map((model) => tf.tidy(() => model.logits(x)));
    expect(await numbers(b as tf.Tensor)).toEqual(await numbers(a as tf.Tensor));
    tf.dispose([a, b]);
    tf.dispose(Object.values(gradientsOf(ours, x).gradients));
    const { loss, gradients } = gradientsOf(ours, x);
    tf.dispose([loss, ...gradients.values()]);
    const after = tf.memory().numTensors;
    const again = gradientsOf(ours, x);
    tf.dispose([again.loss, ...again.gradients.values()]);
    expect(tf.memory().numTensors).toBe(after);
    expect(after - before).toBeLessThan(40); // the two models' own
    plain.parameters.dispose();
    ours.parameters.dispose();
  });
});

/** The weight gradient of Σ z · dz for a layer with this rule. */
const weightGradientOf = (parameters: Parameters, z: () => tf.Tensor, dz: tf.Tensor, name: string) => {
  const { grads } = tf.variableGrads(() => tf.sum(tf.mul(z(), dz)), parameters.list());
  const found = parameters.byName(grads).get(name);
  if (!found) throw new Error(name);
  return found;
};

describe('worked numbers, through the layers', () => {
  it('of a linear layer', async () => {
    const parameters = new Parameters(createRng(0));
    const layer = createFirstLinear(parameters, 'first', 4, 2);
    const x = tf.tensor2d([1, 0, 2, -1, 0, 1, -1, 1, 2, 1, 0, 0], [3, 4]);
    const dz = tf.tensor2d([0.1, -0.2, 0.3, 0, -0.1, 0.4], [3, 2]);
    const g = weightGradientOf(parameters, () => layer(x, { firstLayer: tract(0.1) }), dz, 'first.weight');
    // prettier-ignore
    const want = [-0.356182, 0.581663, 0.398974, 0.373511, 0.593862, -0.180463, -0.559202, -0.131862];
    expect(distance(await numbers(tf.transpose(g)), want)).toBeLessThan(2e-6);
    const bias = weightGradientOf(parameters, () => layer(x, { firstLayer: tract(0.1) }), dz, 'first.bias');
    expect(distance(await numbers(bias), [0.3, 0.2])).toBeLessThan(1e-6);
    parameters.dispose();
  });

  it('of a convolution without padding', async () => {
    const parameters = new Parameters(createRng(0));
    const layer = createConvolution(parameters, 'first', { size: 2, inputs: 1, outputs: 1, padding: 0 });
    const x = tf.tensor4d([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], [1, 3, 3, 1]);
    const dz = tf.tensor4d([0.1, -0.2, 0.3, 0.4], [1, 2, 2, 1]);
    const g = weightGradientOf(parameters, () => layer(x, { firstLayer: tract(0.1) }), dz, 'first.weight');
    expect(distance(await numbers(g), [0.514286, 0.442857, 0.3, 0.228571])).toBeLessThan(2e-6);
    parameters.dispose();
  });
});

describe('a convolution', () => {
  it.each([
    { size: 3, stride: 1, padding: 1 },
    { size: 3, stride: 2, padding: 1 },
    { size: 5, stride: 3, padding: 2 },
    { size: 4, stride: 4, padding: 0 },
    { size: 2, stride: 1, padding: 3 },
    { size: 7, stride: 2, padding: 3 },
  ])('trains like a linear layer on its windows: %j', async (window) => {
    const [inputs, outputs] = [3, 4];
    const x = inputOf([3, 11, 9, inputs]) as tf.Tensor4D;
    const parameters = new Parameters(createRng(0));
    const layer = createConvolution(parameters, 'first', { ...window, inputs, outputs });
    const firstLayer = tract(LAMBDA);
    const { shape } = layer(x);
    const dz = inputOf(shape, 2);
    const g = weightGradientOf(parameters, () => layer(x, { firstLayer }), dz, 'first.weight');
    const rows = unfold(x, window);
    const [count, width] = rows.shape;
    expect([count, width]).toEqual([shape.slice(0, 3).reduce((a, b) => a * b), window.size ** 2 * inputs]);
    const linear = new Parameters(createRng(0));
    const first = createFirstLinear(linear, 'first', width, outputs);
    const want = weightGradientOf(
      linear,
      () => first(rows, { firstLayer }),
      tf.reshape(dz, [count, outputs]),
      'first.weight',
    );
    expect(relative(await numbers(g), await numbers(want))).toBeLessThan(2e-5);
    const gram = await numbers(tf.matMul(rows, rows, true, false));
    expect(relative(await numbers(windowGram(x, window)), gram)).toBeLessThan(1e-5);
    // The windows are what the filter sees.
    const [weight] = parameters.list();
    const filter = tf.reshape<tf.Rank.R2>(weight as tf.Tensor, [width, outputs]);
    expect(relative(await numbers(tf.matMul(rows, filter)), await numbers(layer(x)))).toBeLessThan(1e-5);
    parameters.dispose();
    linear.dispose();
  });
});

describe('the invariants of the update', () => {
  const [rows, inputs, outputs] = [60, 12, 5];
  const values = () => inputOf([rows, inputs], 21) as tf.Tensor2D;
  const dz = () => inputOf([rows, outputs], 22) as tf.Tensor2D;

  it('turns with the inputs: X Q gives Qᵀ G', async () => {
    // Householder's reflection I − 2 v vᵀ / vᵀv.
    const v = tf.tensor2d(normals(inputs, 23), [inputs, 1]);
    const q = tf.sub<tf.Tensor2D>(
      tf.eye(inputs),
      tf.mul(tf.matMul(v, v, false, true), tf.div(2, tf.sum(tf.square(v)))),
    );
    const turned = tractOfRows(tf.matMul(values(), q), dz(), LAMBDA);
    const want = tf.matMul(q, tractOfRows(values(), dz(), LAMBDA), true, false);
    expect(relative(await numbers(turned), await numbers(want))).toBeLessThan(1e-5);
  });

  it.each([rows, 8])('scales with the inputs: s X and s² λ give G / s, of %i rows', async (count) => {
    const s = 7;
    const [x, d] = [tf.slice(values(), 0, count), tf.slice(dz(), 0, count)];
    const scaled = tractOfRows(tf.mul<tf.Tensor2D>(x, s), d, LAMBDA * s ** 2);
    const want = await numbers(tf.div(tractOfRows(x, d, LAMBDA), s));
    expect(relative(await numbers(scaled), want)).toBeLessThan(1e-5);
  });

  it('divides by 1 + λ where the inputs are white', async () => {
    // C = XᵀX / rows is the identity for √rows times an orthogonal matrix.
    const x = tf.mul<tf.Tensor2D>(tf.eye(inputs), Math.sqrt(inputs));
    const d = tf.slice(dz(), 0, inputs);
    const plain = tf.matMul(x, d, true, false);
    const g = await numbers(tractOfRows(x, d, LAMBDA));
    expect(relative(g, await numbers(tf.div<tf.Tensor>(plain, 1 + LAMBDA)))).toBeLessThan(1e-6);
  });

  it.each([rows, 8])('is what the substitution of inputs differentiates to, of %i rows', async (count) => {
    // z = zg + sg(x W − zg) with zg = sg(X (C + λI)⁻¹) W needs no gradient of its own.
    const x = tf.slice(values(), 0, count);
    const d = tf.slice(dz(), 0, count);
    const scatter = tf.matMul<tf.Tensor2D>(x, x, true, false);
    const inverse = solveRegularized(scatter, LAMBDA, tf.eye(inputs), { scale: 1 / count });
    const substituted = tf.matMul<tf.Tensor2D>(x, inverse);
    const z = (w: tf.Tensor) => {
      const given = tf.matMul(substituted, w);
      return tf.add(given, detach(tf.sub(tf.matMul(x, w as tf.Tensor2D), given)));
    };
    const want = tf.grad((w) => tf.sum(tf.mul(z(w), d)))(tf.zeros([inputs, outputs]));
    const got = await numbers(tractOfRows(x, d, LAMBDA));
    expect(relative(got, await numbers(want))).toBeLessThan(2e-5);
  });
});

describe('inputs that make the Gram matrix singular', () => {
  const [count, side] = [6, 8];
  const images: Record<string, () => tf.Tensor4D> = {
    'all zeros': () => tf.zeros([count, side, side, 3]),
    'a constant image': () => tf.fill([count, side, side, 3], 2.5),
    'one bright pixel': () => {
      const values = new Float32Array(count * side * side * 3);
      values[300] = 2.8;
      return tf.tensor4d(values, [count, side, side, 3]);
    },
    'bytes as they are': () =>
      tf.tensor4d(
        normals(count * side * side * 3, 4).map((x) => Math.min(255, Math.round(Math.abs(x) * 90))),
        [count, side, side, 3],
      ),
  };
  const layers = Object.entries(models).filter(([, { x }]) => x.length === 4 && x[3] === 3);

  it.each(Object.entries(images))('%s: the gradients are finite', async (_, imagesOf) => {
    const x = imagesOf();
    expect(layers.length).toBeGreaterThan(0);
    for (const [name, { make }] of layers) {
      const model = make(tract(LAMBDA));
      for (const [parameter, gradient] of gradientsOf(model, x).gradients)
        expect((await numbers(gradient)).every(Number.isFinite), `${name} ${parameter}`).toBe(true);
      model.parameters.dispose();
    }
    for (const rows of [(count * side * side) / 4, 2]) {
      const flat = tf.slice(tf.reshape<tf.Rank.R2>(x, [-1, 12]), 0, rows);
      const g = tractOfRows(flat, inputOf([rows, 4]) as tf.Tensor2D, LAMBDA);
      expect((await numbers(g)).every(Number.isFinite)).toBe(true);
    }
  });

  it('have no gradient where they are zero', async () => {
    const g = tractOfRows(tf.zeros([20, 6]), inputOf([20, 3]) as tf.Tensor2D, LAMBDA);
    expect((await numbers(g)).every((value) => value === 0)).toBe(true);
  });
});

/** Some captured training steps; gives the parameters after them. */
async function train(
  rule: FirstLayerRule | undefined,
  settings: OptimizerSettings,
  {
    steps = 5,
    rate = 0.01,
    lambdaAt,
  }: { steps?: number; rate?: number; lambdaAt?: (step: number) => number } = {},
) {
  const { x: shape, make } = resNet;
  let current: tf.Tensor | number = NaN;
  const model = make(lambdaAt ? (pass) => tract(current)(pass) : rule);
  const optimizer = createOptimizer(model.parameters, settings);
  const step = capture({
    inputs: {
      images: { dtype: 'float32', shape },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      lambda: { dtype: 'float32', shape: [1] },
    },
    outputs: ['loss'],
    step({ images, settings, lambda }) {
      current = lambda;
      const { loss, gradients } = gradientsOf(model, images);
      optimizer.applyWith(gradients, settings);
      return { loss: loss };
    },
  });
  for (let at = 1; at <= steps; at++)
    await step.run({
      images: normals(tf.util.sizeFromShape(shape), at),
      settings: optimizer.settingsAt(at, rate),
      lambda: Float32Array.of(lambdaAt?.(at) ?? NaN),
    });
  const { loss } = await step.read();
  const { outcome } = step;
  const values = await model.parameters.toArrays();
  for (const resource of [step, optimizer, model.parameters]) resource.dispose();
  return { loss: [...loss], outcome, values, first: model.first };
}

describe('training', () => {
  const sgd = { kind: 'sgd', weightDecay: 0, momentum: 0 } as const;

  it('is replayed, and differs from the plain one', async () => {
    const [ours, plain] = [await train(tract(LAMBDA), sgd), await train(undefined, sgd)];
    expect(ours.outcome).toMatchObject({ captured: true });
    expect(ours.loss[0]).toBe(plain.loss[0]);
    expect(ours.loss[4]).not.toBe(plain.loss[4]);
  });

  it('takes λ as an input that changes from replay to replay', async () => {
    const constant = await train(tract(LAMBDA), sgd);
    const given = await train(undefined, sgd, { lambdaAt: () => LAMBDA });
    const changing = await train(undefined, sgd, { lambdaAt: (step) => (step < 4 ? LAMBDA : 1) });
    expect(given.outcome).toMatchObject({ captured: true });
    expect(changing.outcome).toMatchObject({ captured: true });
    expect(given.loss).toEqual(constant.loss);
    expect(changing.loss.slice(0, 4)).toEqual(constant.loss.slice(0, 4));
    expect(changing.loss[4]).not.toBe(constant.loss[4]);
  });

  it('under Adam, as λ grows, goes where the plain one goes', async () => {
    const adam = { kind: 'adam', weightDecay: 0, momentum: 0 } as const;
    // The gradient is 10⁴ times smaller then, still far above Adam's ε.
    const [ours, plain] = [await train(tract(1e4), adam), await train(undefined, adam)];
    expect(distance(ours.loss, plain.loss)).toBeLessThan(1e-4);
    const far = await train(tract(LAMBDA), adam);
    expect(distance(far.loss, plain.loss)).toBeGreaterThan(1e-3);
  });

  it.each(['sgd', 'adamw'] as const)(
    'decays the weight as it is, not through the inverse: %s',
    async (kind) => {
      const [rate, weightDecay] = [0.1, 0.5];
      const settings = { kind, momentum: 0, weightDecay };
      const [decayed, bare] = [
        await train(tract(LAMBDA), settings, { steps: 1, rate }),
        await train(tract(LAMBDA), { ...settings, weightDecay: 0 }, { steps: 1, rate }),
      ];
      const start = await train(tract(LAMBDA), settings, { steps: 1, rate: 0 });
      const weights = [decayed, bare, start].map(({ values, first }) => [
        ...(values.get(first)?.values ?? []),
      ]);
      const [got = [], without = [], initial = []] = weights;
      const want = without.map((value, i) => value - rate * weightDecay * (initial[i] ?? NaN));
      expect(distance(got, want)).toBeLessThan(1e-6);
    },
  );
});
