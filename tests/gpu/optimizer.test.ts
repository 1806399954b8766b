import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { asLab, LAB, type LabBackend } from '../../src/engine/lab-backend';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { adamStep, adamValues, type Decay } from '../../src/kernels/adam/adam-step';
import { GradientGatherer, HEAD } from '../../src/kernels/gradient-norm/gradient-norm';
import '../../src/kernels/native';
import { sizeOf, type Shape } from '../../src/kernels/kernel';
import { sgdStep, sgdValues } from '../../src/kernels/sgd/sgd-step';
import { createRng } from '../../src/math/philox-rng';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { glorotUniform, Parameters, zeros } from '../../src/nn/parameters';
import { learningRateAt } from '../../src/nn/schedule';
import { torchCases, torchStep, type TorchSettings } from '../support/torch-optimizers';
import { counting } from './counting';
import { distance, normals } from './random-tensor';

let compute: Compute;
let backend: LabBackend;
beforeAll(async () => {
  compute = await openCompute();
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
  backend = asLab(tf.backend());
  await import('@tensorflow/tfjs-backend-cpu');
});
afterAll(() => {
  compute.dispose();
});

/** One element, odd sizes, one past a block of 64, one past what a workgroup takes on, and more partial sums than one. */
const shapes: Shape[] = [
  [1],
  [7, 3],
  [64],
  [5, 131],
  [],
  [65],
  [130, 33],
  [2, 2, 2],
  [129, 128],
  [1, 1],
  [63],
  [2049],
  [3],
];
const sizes = shapes.map(sizeOf);
const total = sizes.reduce((sum, size) => sum + size, 0);

/** Gradients of step `step`; drawn anew on the backend that is current. */
const gradientsAt = (step: number): tf.Tensor[] =>
  shapes.map((shape, i) => tf.tensor(normals(sizeOf(shape), 100 * step + i), [...shape]));

const variablesOf = (): tf.Variable[] =>
  shapes.map((shape, i) => tf.variable(tf.tensor(normals(sizeOf(shape), 7 + i), [...shape])));

const read = async (tensors: readonly tf.Tensor[]): Promise<Float32Array[]> =>
  Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));

/** How launches are formed, which must not show: tensors in each, and which variant runs. */
interface Forming {
  perLaunch?: number;
  variant?: string;
}
const formings: Forming[] = [
  {},
  { variant: 'fine' },
  { perLaunch: 1 },
  { perLaunch: 2, variant: 'fine' },
  { perLaunch: 5 },
  { perLaunch: 6 }, // as where 8 buffers can be bound
];

/** Runs on a backend with launches formed in this way. */
async function on<Result>(
  name: string,
  { variant = null }: { variant?: string | null },
  run: () => Promise<Result>,
) {
  await tf.setBackend(name);
  backend.forcedVariant = variant;
  try {
    return await run();
  } finally {
    backend.forcedVariant = null;
    await tf.setBackend(LAB);
  }
}

const bitsOf = (arrays: readonly Float32Array[]) =>
  arrays.map((array) => new Uint32Array(array.slice().buffer));

/** The first bits that differ, in words; null where none do. Vitest's own report of long lists takes a minute. */
function difference(got: readonly Uint32Array[], wanted: readonly Uint32Array[]): string | null {
  if (got.length !== wanted.length) return `${got.length} tensors, not ${wanted.length}`;
  for (const [i, words] of got.entries()) {
    const at = words.findIndex((word, j) => word !== wanted[i]?.[j]);
    if (at >= 0) return `tensor ${i} differs at ${at}`;
    if (words.length !== wanted[i]?.length) return `tensor ${i} has ${words.length} elements`;
  }
  return null;
}

describe('gathering gradients', () => {
  async function gather(name: string, forming: Forming = {}) {
    return on(name, forming, async () => {
      const settings = tf.tensor1d([2.5, 0.1, 0.2, 0.3]);
      const gatherer = new GradientGatherer(sizes);
      const { gathered, gradientNorm, nonFinite } = gatherer.gather(
        gradientsAt(1),
        settings,
        forming.perLaunch,
      );
      const [all = new Float32Array(), norm, culprit] = await read([gathered, gradientNorm, nonFinite]);
      gatherer.dispose();
      return {
        head: all.slice(0, 5),
        gradients: all.slice(HEAD, HEAD + total),
        ...{ norm: norm?.[0] ?? NaN, culprit: culprit?.[0] ?? NaN },
        bits: bitsOf([all.slice(0, 5), all.slice(HEAD, HEAD + total), norm ?? new Float32Array()]),
      };
    });
  }

  test('equals its reference and the definition in float64', async () => {
    const [got, wanted] = [await gather(LAB), await gather('cpu')];
    const exact = Math.hypot(...shapes.map((shape, i) => Math.hypot(...normals(sizeOf(shape), 100 + i))));
    expect(Math.abs(got.norm / exact - 1)).toBeLessThan(1e-6);
    expect(Math.abs(wanted.norm / exact - 1)).toBeLessThan(1e-6);
    expect(difference(bitsOf([got.gradients]), bitsOf([wanted.gradients]))).toBeNull();
    expect(distance(got.head, [1, 2.5 / (exact + 1e-6), 0.1, 0.2, 0.3].map(Math.fround))).toBeLessThan(1e-6);
    expect(distance(got.head, wanted.head)).toBeLessThan(1e-6);
    expect([got.culprit, wanted.culprit]).toEqual([0, 0]);
  });

  test.each(formings)('gives the same bits with %j', async (forming) => {
    expect(difference((await gather(LAB, forming)).bits, (await gather(LAB)).bits)).toBeNull();
  });

  test('adds up more tensors than a workgroup has invocations', async () => {
    const count = 150;
    const gatherer = new GradientGatherer(Array<number>(count).fill(3));
    const gradients = Array.from({ length: count }, (_, i) => tf.tensor1d(normals(3, i)));
    const settings = tf.tensor1d([0, 1]);
    const { gradientNorm } = gatherer.gather(gradients, settings);
    const exact = Math.hypot(...gradients.map((_, i) => Math.hypot(...normals(3, i))));
    expect(((await gradientNorm.data())[0] ?? NaN) / exact).toBeCloseTo(1, 6);
    gradients[140] = tf.tensor1d([0, NaN, 0]);
    gradients[90] = tf.tensor1d([0, 0, Infinity]);
    const { nonFinite, gathered } = gatherer.gather(gradients, settings);
    expect((await nonFinite.data())[0]).toBe(91);
    expect((await gathered.data())[0]).toBe(0);
  });
});

const decayOf: Decay[] = shapes.map((_, i) => (['none', 'coupled', 'decoupled'] as const)[i % 3] ?? 'none');

describe.each(['LabAdam', 'LabSgd', 'LabSgd with Nesterov'])('%s', (name) => {
  /** Three steps with clipping; every tensor and the state after each. */
  async function threeSteps(where: string, forming: Forming = {}): Promise<Float32Array[]> {
    return on(where, forming, async () => {
      const parameters = variablesOf();
      const gatherer = new GradientGatherer(sizes);
      const isAdam = name === 'LabAdam';
      const state = tf.variable(tf.zeros(isAdam ? [2, total] : [total]));
      const common = { clipNorm: 20, learningRate: 0.05, weightDecay: 0.1 };
      const results: Float32Array[] = [];
      for (let step = 1; step <= 3; step++) {
        const values = isAdam
          ? adamValues({ ...common, beta1: 0.9, beta2: 0.99, epsilon: 1e-3 }, step)
          : sgdValues({ ...common, momentum: 0.9, nesterov: name !== 'LabSgd' });
        const { gathered } = gatherer.gather(gradientsAt(step), tf.tensor1d(values), forming.perLaunch);
        if (isAdam) adamStep(gathered, { parameters, moments: state, decay: decayOf }, forming.perLaunch);
        else {
          const decays = decayOf.map((decay) => decay !== 'none');
          sgdStep(gathered, { parameters, momentum: state, decays }, forming.perLaunch);
        }
        results.push(...(await read([...parameters, state])).map((values) => values.slice()));
      }
      return results;
    });
  }

  test('equals its reference over three steps, on many tensors of odd sizes with all kinds of decay', async () => {
    const [got, wanted] = [await threeSteps(LAB), await threeSteps('cpu')];
    expect(got.length).toBe(3 * (shapes.length + 1));
    for (const [i, values] of got.entries())
      expect(distance(values, wanted[i] ?? []), `tensor ${i}`).toBeLessThan(1e-5);
  });

  test.each(formings)('gives the same bits with %j', async (forming) => {
    expect(difference(bitsOf(await threeSteps(LAB, forming)), bitsOf(await threeSteps(LAB)))).toBeNull();
  });
});

/** Parameters with names, of which those that end in `.weight` decay. */
function namedParameters() {
  const parameters = new Parameters(createRng(3));
  for (const [i, shape] of shapes.entries())
    parameters.create(`layer${i}.${i % 2 === 0 ? 'weight' : 'bias'}`, shape, glorotUniform);
  return parameters;
}

const byName = (parameters: Parameters, gradients: readonly tf.Tensor[]) =>
  new Map([...parameters.entries()].map(([name], i) => [name, gradients[i] as tf.Tensor] as const));

/** Trains through a schedule of 12 steps next to the definition in float64. */
async function followsTorch(settings: TorchSettings): Promise<void> {
  const parameters = namedParameters();
  const optimizer = createOptimizer(parameters, { weightDecay: 0, momentum: 0, ...settings });
  const expected = (await read(parameters.list())).map((theta, i) => ({
    ...{ theta: [...theta], decays: i % 2 === 0 },
  }));
  for (let step = 1; step <= 12; step++) {
    const rate = learningRateAt(step - 1, { kind: 'cosine', peak: 0.02, warmup: 3, totalSteps: 12 });
    const { gradientNorm } = tf.tidy(() =>
      optimizer.applyWith(
        byName(parameters, gradientsAt(step)),
        tf.tensor1d(optimizer.settingsAt(step, rate)),
      ),
    );
    const gradients = shapes.map((shape, i) => [...normals(sizeOf(shape), 100 * step + i)]);
    const norm = torchStep(expected, gradients, rate, step, settings);
    expect(((await gradientNorm.data())[0] ?? NaN) / norm).toBeCloseTo(1, 5);
  }
  for (const [i, got] of (await read(parameters.list())).entries())
    expect(distance(got, expected[i]?.theta ?? []), `tensor ${i}`).toBeLessThan(2e-5);
}

describe('an optimizer', () => {
  test.each(torchCases)('follows PyTorch’s definition over 12 steps of a schedule: %j', (settings) =>
    followsTorch(settings),
  );

  test.each([
    ['NaN', NaN],
    ['infinite', Infinity],
    ['infinite and negative', -Infinity],
    ['finite, but its square is not', 1e25],
  ])('changes no bit where a gradient is %s, and names the first such tensor', async (_, bad) => {
    for (const kind of ['adam', 'sgd'] as const) {
      const parameters = namedParameters();
      const twins = namedParameters();
      const settings = { kind, weightDecay: 0.1, momentum: 0.9, clipNorm: 1 };
      const [optimizer, twin] = [createOptimizer(parameters, settings), createOptimizer(twins, settings)];
      const values = tf.tensor1d(optimizer.settingsAt(1, 0.1));
      for (const [each, its] of [
        [optimizer, parameters],
        [twin, twins],
      ] as const)
        each.applyWith(byName(its, gradientsAt(1)), values);
      const before = bitsOf(await read(parameters.list()));
      const poisoned = gradientsAt(2);
      for (const at of [11, 8]) {
        const numbers = normals(sizes[at] ?? 0, 1);
        numbers[numbers.length - 1] = bad;
        poisoned[at] = tf.tensor(numbers, [...(shapes[at] ?? [])]);
      }
      const { gradientNorm, nonFinite } = optimizer.applyWith(byName(parameters, poisoned), values);
      expect(optimizer.parameterName((await nonFinite.data())[0] ?? NaN)).toBe('layer8.weight');
      expect((await gradientNorm.data())[0]).not.toSatisfy(Number.isFinite);
      expect(difference(bitsOf(await read(parameters.list())), before)).toBeNull();
      // Nor did the moments change: the next step is the twin's.
      for (const [each, its] of [
        [optimizer, parameters],
        [twin, twins],
      ] as const)
        each.applyWith(byName(its, gradientsAt(3)), values);
      expect(difference(bitsOf(await read(parameters.list())), bitsOf(await read(twins.list())))).toBeNull();
    }
  });

  test('notices squares that are finite for every tensor, and not together', async () => {
    const parameters = namedParameters();
    const optimizer = createOptimizer(parameters, { kind: 'sgd', weightDecay: 0, momentum: 0 });
    const gradients = shapes.map((shape) => tf.zeros([...shape]));
    for (const at of [2, 5])
      gradients[at] = tf.concat([tf.fill([1], 1.5e19), tf.zeros([(sizes[at] ?? 0) - 1])]);
    const values = tf.tensor1d(optimizer.settingsAt(1, 0.1));
    const { nonFinite } = optimizer.applyWith(byName(parameters, gradients), values);
    expect(optimizer.parameterName((await nonFinite.data())[0] ?? NaN)).toBe('layer5.bias');
  });

  test('needs few launches for many tensors', async () => {
    const parameters = new Parameters(createRng(0));
    for (let i = 0; i < 56; i++) parameters.create(`${i}.bias`, [64], zeros);
    const optimizer = createOptimizer(parameters, { kind: 'adamw', weightDecay: 0.1, momentum: 0 });
    const gradients = new Map([...parameters.entries()].map(([name]) => [name, tf.ones([64])]));
    const values = tf.tensor1d(optimizer.settingsAt(1, 0.1));
    await tf.addN([...gradients.values()]).data(); // all uploaded
    const limit = Math.min(16, backend.device.limits.maxStorageBuffersPerShaderStage);
    const { dispatches } = await counting(() => void optimizer.applyWith(gradients, values));
    expect(dispatches).toBe(Math.ceil(56 / (limit - 1)) + 1 + Math.ceil(56 / (limit - 2)));
  });
});

describe('captured', () => {
  const examples = 16;

  /** A network with one hidden layer that learns to copy three numbers, with its step as `capture` takes it. */
  function tinyNetwork(settings: Partial<OptimizerSettings> & Pick<OptimizerSettings, 'kind'>) {
    const parameters = new Parameters(createRng(1));
    const [w1, b1, w2, b2] = [
      parameters.create('first.weight', [3, 8], glorotUniform),
      parameters.create('first.bias', [8], zeros),
      parameters.create('second.weight', [8, 3], glorotUniform),
      parameters.create('second.bias', [3], zeros),
    ] as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
    const optimizer = createOptimizer(parameters, { weightDecay: 0, momentum: 0, ...settings });
    const step = capture({
      inputs: {
        x: { dtype: 'float32', shape: [examples, 3] },
        settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      },
      outputs: ['loss', 'gradientNorm', 'nonFinite'],
      step({ x, settings }) {
        const { value, grads } = tf.variableGrads(() => {
          const hidden = tf.tanh(tf.add(tf.matMul(x, w1 as tf.Tensor2D), b1));
          const y = tf.add(tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D), b2);
          return tf.mean<tf.Scalar>(tf.square(tf.sub(y, x)));
        }, parameters.list());
        return { loss: value, ...optimizer.applyWith(parameters.byName(grads), settings) };
      },
    });
    const run = (at: number, rate: number, x = normals(3 * examples, at % 50)) =>
      step.run({ x, settings: optimizer.settingsAt(at, rate) });
    const dispose = () => {
      step.dispose();
      optimizer.dispose();
      parameters.dispose();
    };
    return { parameters, optimizer, step, run, dispose };
  }

  test.each([
    { kind: 'adam', clipNorm: 1 },
    { kind: 'sgd', momentum: 0.9, nesterov: true },
  ] as const)('2,000 steps of %j leave tensors and bytes as they were, and learn', async (settings) => {
    const count = () => {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      const { numBytesInGPU, numBytesAllocatedInGPU } = backend.memory();
      return { numTensors, numDataBuffers, numBytes, numBytesInGPU, numBytesAllocatedInGPU };
    };
    const { step, run, dispose } = tinyNetwork(settings);
    for (let i = 1; i <= 5; i++) await run(i, 0.01);
    expect(step.outcome).toEqual({ captured: true });
    const before = count();
    for (let i = 6; i <= 2000; i++) await run(i, 0.01);
    expect(count()).toEqual(before);
    expect(step.outcome).toEqual({ captured: true });
    const { loss, gradientNorm, nonFinite } = await step.read();
    expect(loss.length).toBe(2000);
    expect(loss.every(Number.isFinite) && gradientNorm.every(Number.isFinite)).toBe(true);
    expect(new Set(nonFinite)).toEqual(new Set([0]));
    expect(loss[1999]).toBeLessThan(0.1 * (loss[0] ?? 0));
    dispose();
  });

  test('a step with a gradient that is not finite changes nothing and is named; the next goes on', async () => {
    const { parameters, optimizer, step, run, dispose } = tinyNetwork({ kind: 'adamw', weightDecay: 0.1 });
    for (let i = 1; i <= 6; i++) await run(i, 0.01);
    const before = bitsOf(await read(parameters.list()));
    const poisoned = normals(3 * examples, 7);
    poisoned[5] = NaN;
    await run(7, 0.01, poisoned);
    expect(difference(bitsOf(await read(parameters.list())), before)).toBeNull();
    await run(8, 0.01);
    expect(difference(bitsOf(await read(parameters.list())), before)).not.toBeNull();
    expect(step.outcome).toEqual({ captured: true });
    const { nonFinite, gradientNorm } = await step.read();
    expect([...nonFinite]).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
    expect(optimizer.parameterName(nonFinite[6] ?? NaN)).toBe('first.weight');
    expect(gradientNorm[6]).toBeNaN();
    dispose();
  });

  test('clipping bounds what a step may change', async () => {
    const { parameters, step, run, dispose } = tinyNetwork({ kind: 'sgd', clipNorm: 1e-3 });
    for (let i = 1; i <= 5; i++) await run(i, 1);
    const before = await read(parameters.list());
    await run(6, 1);
    const after = await read(parameters.list());
    const moved = Math.hypot(
      ...after.flatMap((values, i) => [...values].map((x, j) => x - (before[i]?.[j] ?? NaN))),
    );
    const { gradientNorm } = await step.read();
    expect(gradientNorm[5]).toBeGreaterThan(1e-2);
    expect(moved).toBeCloseTo(1e-3, 6);
    dispose();
  });
});

test('wasm follows the same definitions, and skips what is not finite', async () => {
  compute.dispose();
  const wasm = await openCompute('wasm');
  expect(wasm.info.backend).toBe('wasm');
  for (const settings of torchCases.filter(({ clipNorm = 0 }) => clipNorm > 0)) await followsTorch(settings);
  for (const kind of ['adamw', 'sgd'] as const) {
    const parameters = namedParameters();
    const optimizer = createOptimizer(parameters, { kind, weightDecay: 0.1, momentum: 0.9 });
    const before = bitsOf(await read(parameters.list()));
    const poisoned = gradientsAt(1);
    poisoned[4] = tf.scalar(NaN);
    const values = tf.tensor1d(optimizer.settingsAt(1, 0.1));
    const { nonFinite } = optimizer.applyWith(byName(parameters, poisoned), values);
    expect(optimizer.parameterName((await nonFinite.data())[0] ?? NaN)).toBe('layer4.weight');
    expect(difference(bitsOf(await read(parameters.list())), before)).toBeNull();
  }
  wasm.dispose();
  compute = await openCompute();
  backend = asLab(tf.backend());
});
