import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { EagerStep } from '../../src/engine/eager-step';
import { LAB } from '../../src/engine/lab-backend';
import { sizeOf, type Shape } from '../../src/kernels/kernel';
import '../../src/kernels/native';
import { rmsNorm } from '../../src/kernels/rms-norm/rms-norm';
import { addRelu } from '../../src/kernels/relu/relu';
import { createRng } from '../../src/math/philox-rng';
import { createBatchNorm } from '../../src/nn/batch-norm';
import { heNormal } from '../../src/nn/conv';
import { createMlp } from '../../src/nn/mlp';
import { Parameters } from '../../src/nn/parameters';
import { createResNet } from '../../src/nn/resnet';
import { distance, normals } from './random-tensor';
import { models, smallCnn } from './small-cnn';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const random = (shape: Shape, seed: number) => tf.tensor(normals(sizeOf(shape), seed), [...shape]);
const values = async (tensor: tf.Tensor) => [...(await tensor.data())];
const allValues = (tensors: tf.Tensor[]) => Promise.all(tensors.map(values));

async function valuesOn(backend: string, run: () => tf.Tensor[]): Promise<number[][]> {
  await tf.setBackend(backend);
  const results = tf.tidy(run);
  const numbers = await allValues(results);
  tf.dispose(results);
  await tf.setBackend(LAB);
  return numbers;
}

function expectClose(got: number[][], want: number[][], tolerance: number): void {
  expect(got.length).toBe(want.length);
  for (const [i, each] of want.entries()) {
    expect(distance(got[i] ?? [], each), `tensor ${i}`).toBeLessThanOrEqual(tolerance);
  }
}

/** The values of f and its gradients under a random cotangent. */
const withGradients = (f: (...xs: tf.Tensor[]) => tf.Tensor, shapes: Shape[]) => () => {
  const inputs = shapes.map((shape, i) => random(shape, i + 1));
  const weighted = (...xs: tf.Tensor[]) => {
    const y = f(...xs);
    return tf.sum(tf.mul(y, random(y.shape, 77)));
  };
  return [f(...inputs), ...tf.grads(weighted)(inputs)];
};

/** Batch norm by its definition, differentiated by tfjs. */
const plainBatchNorm = (x: tf.Tensor, relu: boolean) => {
  const axes = x.shape.map((_, axis) => axis).slice(0, -1);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
  return relu ? tf.relu(y) : y;
};

describe('batch norm', () => {
  const shapes: [Shape][] = [[[2, 1]], [[7, 3]], [[64, 12]], [[3, 5, 6, 8]], [[9, 4, 4, 5]]];

  test.each(shapes)('of %j, and the gradients of x', async (shape) => {
    for (const relu of [false, true]) {
      const layer = (x: tf.Tensor) => {
        const norm = createBatchNorm(new Parameters(createRng(0)), 'norm', shape.at(-1) ?? 0);
        return norm(x, true, { relu });
      };
      const got = await valuesOn(LAB, withGradients(layer, [shape]));
      const want = await valuesOn(
        'cpu',
        withGradients((x) => plainBatchNorm(x, relu), [shape]),
      );
      expectClose(got, want, 1e-4);
      expectClose(await valuesOn('cpu', withGradients(layer, [shape])), want, 1e-4);
    }
  });

  test.each(shapes)('of %j: the gradients of gain and offset', async (shape) => {
    const parameters = new Parameters(createRng(0));
    const norm = createBatchNorm(parameters, 'norm', shape.at(-1) ?? 0);
    const [gamma, beta] = parameters.list() as [tf.Variable, tf.Variable];
    const f = () => tf.sum<tf.Scalar>(tf.mul(norm(random(shape, 1), true), random(shape, 2)));
    const got = tf.variableGrads(f, [gamma, beta]).grads;
    const want = await valuesOn('cpu', () => {
      const axes = shape.map((_, axis) => axis).slice(0, -1);
      const [x, dy] = [random(shape, 1), random(shape, 2)];
      return [tf.sum(tf.mul(dy, plainBatchNorm(x, false)), axes), tf.sum(dy, axes)];
    });
    expectClose(await allValues([got[gamma.name], got[beta.name]] as tf.Tensor[]), want, 1e-4);
    tf.dispose(got);
    norm.dispose();
    parameters.dispose();
  });

  test('keeps running statistics as PyTorch does, and normalises with them at evaluation', async () => {
    const norm = createBatchNorm(new Parameters(createRng(0)), 'norm', 2);
    expect(await values(norm.running)).toEqual([0, 0, 1, 1]);
    const batches = [
      [1, 10, 3, 14, 8, 12],
      [2, -4, 2, 0, 5, 1],
    ];
    for (const each of batches) norm(tf.tensor2d(each, [3, 2]), true);
    // torch.nn.BatchNorm1d(2) in training mode on these two batches.
    const momentum = 0.1;
    let wanted = [0, 0, 1, 1];
    for (const each of batches) {
      const columns = [0, 1].map((c) => each.filter((_, i) => i % 2 === c));
      const means = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / 3);
      const unbiased = columns.map(
        (column, c) => column.reduce((sum, x) => sum + (x - (means[c] ?? 0)) ** 2, 0) / 2,
      );
      wanted = wanted.map((old, i) => (1 - momentum) * old + momentum * ([...means, ...unbiased][i] ?? 0));
    }
    expect(distance(await values(norm.running), wanted)).toBeLessThan(1e-6);
    const y = norm(tf.tensor2d([4, 7], [1, 2]), false);
    const [mean0 = 0, mean1 = 0, variance0 = 0, variance1 = 0] = wanted;
    const normal = [(4 - mean0) / Math.sqrt(variance0 + 1e-5), (7 - mean1) / Math.sqrt(variance1 + 1e-5)];
    expect(distance(await values(y), normal)).toBeLessThan(1e-5);
    expect(distance(await values(norm.running), wanted)).toBeLessThan(1e-6);
    expect(() => norm(tf.tensor2d([4, 7], [1, 2]), true)).toThrow(/at least two rows/);
    norm.dispose();
  });

  test('is exact for channels far from zero', async () => {
    // 4096 + {0, 1, 2, 3}: the squares need 26 bits, so E[x²] − E[x]² would be off by whole units.
    const x = tf.tensor2d(
      Array.from({ length: 400 }, (_, i) => 4096 + (i % 4)),
      [400, 1],
    );
    const norm = createBatchNorm(new Parameters(createRng(0)), 'norm', 1);
    const y = await values(norm(x, true));
    const wanted = Array.from({ length: 400 }, (_, i) => ((i % 4) - 1.5) / Math.sqrt(1.25 + 1e-5));
    expect(distance(y, wanted)).toBeLessThan(1e-6);
    norm.dispose();
  });

  test('shows what is not a number', async () => {
    const norm = createBatchNorm(new Parameters(createRng(0)), 'norm', 2);
    const y = await values(norm(tf.tensor2d([1, 2, NaN, 4, 5, 6], [3, 2]), true, { relu: true }));
    expect(y.map((value) => Number.isNaN(value))).toEqual([true, false, true, false, true, false]);
    expect((await values(norm.running)).map((value) => Number.isNaN(value))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    norm.dispose();
  });

  test('leaves no tensor behind', () => {
    const norm = createBatchNorm(new Parameters(createRng(0)), 'norm', 4);
    const x = random([6, 4], 1);
    const step = () => {
      tf.dispose(tf.grad((x) => tf.sum(norm(x, true)))(x));
    };
    step();
    const before = tf.memory().numTensors;
    step();
    expect(tf.memory().numTensors).toBe(before);
    norm.dispose();
    x.dispose();
  });
});

describe('ReLU and RMS norm', () => {
  test.each([[[5]], [[3, 4, 8]], [[70, 3]]])('gradient of tf.relu of %j', async (shape) => {
    const run = withGradients((x) => tf.relu(x), [shape]);
    expectClose(await valuesOn(LAB, run), await valuesOn('cpu', run), 1e-6);
  });
  test('the end of a residual block', async () => {
    const got = await valuesOn(
      LAB,
      withGradients(addRelu, [
        [3, 5, 8],
        [3, 5, 8],
      ]),
    );
    const plain = withGradients(
      (a, b) => {
        const sum = tf.add(a, b);
        return tf.mul(sum, tf.step(sum)); // by the definition, not by our gradient of ReLU
      },
      [
        [3, 5, 8],
        [3, 5, 8],
      ],
    );
    expectClose(got, await valuesOn('cpu', plain), 1e-6);
    const [twice] = await valuesOn(LAB, () => [tf.grad((x) => tf.sum(addRelu(x, x)))(random([6], 1))]);
    expect(twice).toEqual([...normals(6, 1)].map((x) => (x > 0 ? 2 : 0)));
  });
  test('RMS norm by its definition', async () => {
    const plain = (x: tf.Tensor, gamma: tf.Tensor) =>
      tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), gamma);
    for (const width of [7, 12]) {
      const shapes = [[3, 5, width], [width]];
      const got = await valuesOn(
        LAB,
        withGradients((x, gamma) => rmsNorm(x, gamma), shapes),
      );
      expectClose(got, await valuesOn('cpu', withGradients(plain, shapes)), 1e-4);
    }
  });
});

describe('max pooling', () => {
  const settings: {
    x: Shape;
    size: [number, number];
    strides: [number, number];
    pad: 'same' | 'valid' | number;
  }[] = [
    { x: [2, 8, 8, 16], size: [2, 2], strides: [2, 2], pad: 'valid' },
    { x: [2, 7, 9, 3], size: [2, 2], strides: [2, 2], pad: 'valid' },
    { x: [2, 7, 9, 4], size: [2, 2], strides: [2, 2], pad: 'same' },
    { x: [1, 8, 9, 5], size: [2, 3], strides: [2, 3], pad: 'valid' },
    { x: [1, 8, 8, 4], size: [2, 2], strides: [2, 2], pad: 0 },
    { x: [1, 7, 7, 4], size: [3, 3], strides: [2, 2], pad: 'same' }, // overlapping: tfjs's own
  ];
  test.each(settings)('%j and its gradient', async ({ x, size, strides, pad }) => {
    const run = withGradients((x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad), [x]);
    expectClose(await valuesOn(LAB, run), await valuesOn('cpu', run), 1e-6);
  });
  test('the first of equal numbers gets the gradient, and what is not a number is the largest', async () => {
    const pooled = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
    const [tie] = await valuesOn(LAB, () => [tf.grad(pooled)(tf.ones([1, 2, 2, 1]))]);
    expect(tie).toEqual([1, 0, 0, 0]);
    const [y] = await valuesOn(LAB, () => [pooled(tf.tensor4d([1, NaN, 3, 2], [1, 2, 2, 1]))]);
    expect(y).toEqual([NaN]);
  });
});

describe('a residual network', () => {
  test.each([
    { channels: 1, side: 28 },
    { channels: 3, side: 32 },
  ])('$channels channels, $side pixels a side: shapes and parameters', ({ channels, side }) => {
    const model = createResNet({ channels, classes: 10 }, createRng(0));
    const images = tf.zeros<tf.Rank.R4>([2, side, side, channels]);
    const { logits, features } = model.forward(images, false);
    expect([logits.shape, features.shape]).toEqual([
      [2, 10],
      [2, 64],
    ]);
    // Convolutions, gains and offsets of each stage, then the head; counted from the paper's layout.
    const unit = (size: number, inputs: number, outputs: number) =>
      size ** 2 * inputs * outputs + 2 * outputs;
    expect(model.parameters.count).toBe(
      unit(3, channels, 16) +
        2 * unit(3, 16, 16) +
        (unit(3, 16, 32) + unit(3, 32, 32) + unit(1, 16, 32)) +
        (unit(3, 32, 64) + unit(3, 64, 64) + unit(1, 32, 64)) +
        (64 * 10 + 10),
    );
    tf.dispose([images, logits, features]);
    model.dispose();
  });

  test('with n blocks a stage has 6n + 2 layers, shortcuts not counted', () => {
    const model = createResNet(
      { channels: 3, classes: 10, widths: [2, 3, 4], blocksPerStage: 3 },
      createRng(0),
    );
    const weights = [...model.parameters.entries()].filter(
      ([name]) => name.endsWith('.weight') && !name.includes('shortcut'),
    );
    expect(weights.length).toBe(20);
    expect(model.norms.size).toBe(19 + 2);
    model.dispose();
  });

  test.each(Object.entries(models))('%s: logits and gradients equal tfjs’s on the CPU', async (_, make) => {
    const run = () => {
      const model = make(1);
      const { grads } = tf.variableGrads(() => {
        const { logits, features } = model.forward(
          tf.tensor4d(normals(4 * 8 * 8 * 3, 1), [4, 8, 8, 3]),
          true,
        );
        return tf.add<tf.Scalar>(
          tf.sum(tf.mul(logits, random(logits.shape, 5))),
          tf.mean(tf.square(features)),
        );
      }, model.parameters.list());
      const found = [...model.parameters.byName(grads).values()];
      return [...found, ...[...model.norms.values()].map(({ running }) => tf.clone(running))];
    };
    expectClose(await valuesOn(LAB, run), await valuesOn('cpu', run), 2e-4);
  });

  test('He’s initialisation: variance 2 / fan in', () => {
    const drawn = new Float32Array(3 * 3 * 16 * 64);
    heNormal(drawn, [3, 3, 16, 64], createRng(0));
    const variance = drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length;
    expect(variance * 9 * 16).toBeCloseTo(2, 1);
  });
});

test('a perceptron without batch norm, and one without hidden layers', async () => {
  const x = tf.tensor2d(normals(12, 1), [3, 4]);
  const plain = createMlp({ inputs: 4, hidden: [5], classes: 2 }, createRng(0));
  expect(plain.norms.size).toBe(0);
  const { logits, features } = plain.forward(x, true);
  const parameter = new Map(plain.parameters.entries());
  const of = (name: string) => parameter.get(name) as tf.Variable<tf.Rank.R2>;
  const h = tf.relu(tf.add(tf.matMul(x, of('layer1.weight')), of('layer1.bias')));
  expect(distance(await values(features), await values(h))).toBeLessThan(1e-6);
  const wanted = tf.add(tf.matMul(h as tf.Tensor2D, of('head.weight')), of('head.bias'));
  expect(distance(await values(logits), await values(wanted))).toBeLessThan(1e-5);
  const linear = createMlp({ inputs: 4, hidden: [], classes: 2 }, createRng(0));
  expect(linear.forward(x, true).features.shape).toEqual([3, 4]);
  plain.dispose();
  linear.dispose();
});

describe.each(Object.entries(models))('a captured %s with batch norm', (_, make) => {
  test('50 losses, all parameters and all running statistics equal the eager ones to the last bit', async () => {
    const [first, second] = [smallCnn(make(0)), smallCnn(make(0))];
    const captured = capture(first.definition);
    const oracle = new EagerStep(second.definition, 'the oracle');
    const [seen, wanted]: [number[][], number[][]] = [[], []];
    for (let i = 1; i <= 50; i++) {
      await captured.run(first.inputsAt(i));
      await oracle.run(second.inputsAt(i));
      if (i % 17 !== 0) continue;
      // Evaluating draws on the running statistics of the moment, and changes nothing.
      const logits = [first.evaluate(), second.evaluate()] as const;
      seen.push(await values(logits[0]));
      wanted.push(await values(logits[1]));
      tf.dispose([...logits]);
    }
    expect(captured.outcome).toMatchObject({ captured: true });
    const [{ loss }, { loss: oracleLoss }] = [await captured.read(), await oracle.read()];
    expect(loss.length).toBe(50);
    expect([...loss]).toEqual([...oracleLoss]);
    expect(new Set(loss).size).toBeGreaterThan(45);
    expect(seen).toEqual(wanted);
    expect(await allValues(first.state)).toEqual(await allValues(second.state));
    for (const each of [captured, oracle, first, second]) each.dispose();
  });
});
