import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import { inverseOf } from '../../src/methods/weighting/losses';
import { imtlL } from '../../src/methods/weighting/methods/imtl-l';
import { uw } from '../../src/methods/weighting/methods/uw';
import {
  createWeighting,
  defaultSettings,
  weightingNames,
  type WeightingName,
  type WeightingSettings,
} from '../../src/methods/weighting/weighting';

/** Methods that a captured step computes itself. */
export const DEVICE_METHODS = ['ew', 'scalarization', 'rlw', 'gls', 'imtl-l', 'uw', 'uw-o', 'uw-so'] as const;

/** Rounding of float32: a result is good to a few times this share of it. */
const ULP = 2 ** -23;

const SEED = 3;
const root = createRng(SEED);

/** K losses, float32, from `low` to `high`, evenly in the logarithm. */
function lossesOf(tasks: number, low: number, high: number, seed = 0): Float64Array {
  const rng = root.fork(`losses ${tasks} ${low} ${high} ${seed}`);
  return Float64Array.from({ length: tasks }, () =>
    Math.fround(low * Math.exp(rng.uniform() * Math.log(high / low))),
  );
}

/** Float32 numbers around 0 for the parameters of a method that learns. */
function learnedOf(tasks: number): Float64Array {
  const rng = root.fork(`learned ${tasks}`);
  return Float64Array.from({ length: tasks }, () => Math.fround(3 * rng.normal()));
}

/** Losses of 1 to 40 tasks, from 10⁻⁶ to 10⁴. */
export const lossZoo: readonly Float64Array[] = [
  Float64Array.of(2, 0.5, 1),
  Float64Array.of(1e4),
  Float64Array.of(1e-6),
  new Float64Array(40).fill(1e-6),
  new Float64Array(18).fill(Math.fround(0.693)),
  ...[1, 2, 3, 7, 18, 40].flatMap((tasks) => [
    lossesOf(tasks, 1e-6, 1e4),
    lossesOf(tasks, 0.05, 20),
    lossesOf(tasks, 1e-6, 1e-3),
  ]),
];

const deviceMethodOf = (name: WeightingName, settings: WeightingSettings) => {
  const { onDevice } = createWeighting(name, settings);
  if (!onDevice) throw new Error(`${name} does not run on the device`);
  return onDevice;
};

async function read(tensor: tf.Tensor): Promise<number[]> {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}

/** The weights of a method on the current backend. The step is that of the stream of random numbers. */
export function deviceWeights(
  name: WeightingName,
  losses: ArrayLike<number>,
  { settings = {}, learned, step = 0 }: DeviceCall = {},
): Promise<number[]> {
  const method = deviceMethodOf(name, { ...defaultSettings(losses.length), ...settings });
  return read(
    tf.tidy(() =>
      method.weights(tf.tensor1d(Float32Array.from(losses)), {
        learned: learned ? tf.tensor1d(Float32Array.from(learned)) : null,
        rng: createDeviceRng(root, tf.tensor1d([step], 'int32')),
      }),
    ),
  );
}

interface DeviceCall {
  settings?: Partial<WeightingSettings>;
  learned?: ArrayLike<number>;
  step?: number;
}

/** The weights of a method in float64. */
const weigh = (name: WeightingName, losses: Float64Array, settings: Partial<WeightingSettings> = {}) => {
  const method = createWeighting(name, { ...defaultSettings(losses.length), ...settings });
  if (method.reads === 'gradients') throw new Error(`${name} needs gradients`);
  const context = { epoch: 0, rng: createRng(SEED) };
  return method.weigh(losses, method.initial(losses.length), context).weights;
};

/** Every entry within so many float32 roundings of what is wanted, and of `scale` at least. */
export function expectWithin(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  roundings: number,
  scale = 0,
): void {
  expect(actual.length).toBe(wanted.length);
  for (const [k, value] of Array.from(wanted).entries()) {
    const allowed = roundings * ULP * Math.max(Math.abs(value), scale);
    expect(
      Math.abs((actual[k] ?? NaN) - value),
      `entry ${k}: ${actual[k] ?? NaN} for ${value}`,
    ).toBeLessThanOrEqual(allowed);
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What the methods on the device have to fulfil on any backend. */
export function weightingDeviceLaws(): void {
  it('are all but DWA and the gradient methods', () => {
    const present = weightingNames.filter((name) => createWeighting(name, defaultSettings(3)).onDevice);
    expect(present).toEqual([...DEVICE_METHODS]);
  });

  it('EW and Scalarization have their constants', async () => {
    for (const losses of lossZoo) {
      expect(await deviceWeights('ew', losses)).toEqual(Array.from(losses, () => 1));
      const settings = { weights: Array.from(losses, (_, k) => k + 0.5) };
      const weights = await deviceWeights('scalarization', losses, { settings });
      expectWithin(weights, weigh('scalarization', losses, settings), 1);
    }
  });

  it('UW-O and GLS agree with float64', async () => {
    for (const losses of lossZoo) {
      expectWithin(await deviceWeights('uw-o', losses), weigh('uw-o', losses), 8);
      const settings = { floor: 0.01 };
      expectWithin(await deviceWeights('uw-o', losses, { settings }), weigh('uw-o', losses, settings), 8);
      // e^x with |x| up to 14 has about as many roundings, and so has the logarithm.
      expectWithin(await deviceWeights('gls', losses), weigh('gls', losses), 64);
    }
  });

  it('UW-SO agrees with float64 as far as float32 losses determine it', async () => {
    for (const losses of lossZoo) {
      const largest = Math.max(...inverseOf(losses));
      for (const temperature of [0.1 * largest, largest, 20 * largest, 2, Infinity])
        for (const floor of [0, 0.01]) {
          const settings = { temperature, floor };
          const weights = await deviceWeights('uw-so', losses, { settings });
          // An inverse loss is good to a few roundings, and the softmax is of inverse losses over T.
          const clamped = Math.max(...inverseOf(losses, { floor }));
          const roundings = 16 + 8 * (clamped / temperature);
          expectWithin(weights, weigh('uw-so', losses, settings), roundings, 1);
          expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-5);
        }
    }
    expect(await deviceWeights('uw-so', [1e-6, 1, 3])).toEqual([1, 0, 0]);
    expect(await deviceWeights('uw-so', [0.3])).toEqual([1]);
  });

  it('takes losses of 0', async () => {
    expectWithin(await deviceWeights('uw-o', [0, 1]), [1e8, 1 / (1 + 1e-8)], 8);
    expectWithin(await deviceWeights('uw-o', [0, 1], { settings: { floor: 0.5 } }), [2, 1], 8);
    expect(await deviceWeights('uw-so', [0, 1])).toEqual([1, 0]);
    for (const weight of await deviceWeights('gls', [0, 1])) expect(weight).toBeGreaterThan(0);
  });

  it('UW and IMTL-L agree with float64 in weights and gradients', async () => {
    const methods = { uw: uw(), 'imtl-l': imtlL };
    for (const name of ['uw', 'imtl-l'] as const)
      for (const losses of lossZoo) {
        const learned = learnedOf(losses.length);
        const context = { epoch: 0, rng: root };
        const wanted = methods[name].weigh(losses, { learned }, context);
        expectWithin(await deviceWeights(name, losses, { learned }), wanted.weights, 32);
        const gradient = tf.tidy(() =>
          methods[name].onDevice?.gradient(
            tf.tensor1d(Float32Array.from(losses)),
            tf.tensor1d(Float32Array.from(learned)),
          ),
        );
        if (!gradient) throw new Error(`${name} does not run on the device`);
        expectWithin(await read(gradient), wanted.gradient, 64, 1);
      }
    await expect(async () => deviceWeights('uw', [1, 2])).rejects.toThrow('UW weighs by what it has learnt');
  });

  it('RLW draws what the processor draws at step 0, and anew at every step', async () => {
    for (const losses of lossZoo)
      expectWithin(await deviceWeights('rlw', losses, { step: 0 }), weigh('rlw', losses), 128);
    const first = await deviceWeights('rlw', [1, 1, 1], { step: 1 });
    expect(await deviceWeights('rlw', [1, 1, 1], { step: 1 })).toEqual(first);
    expect(await deviceWeights('rlw', [1, 1, 1], { step: 2 })).not.toEqual(first);
  });

  it('RLW’s weights are 1/K on average', async () => {
    const [tasks, draws] = [4, 400];
    const totals = new Float64Array(tasks);
    for (let step = 1; step <= draws; step++)
      for (const [k, weight] of (
        await deviceWeights('rlw', new Float64Array(tasks).fill(1), { step })
      ).entries())
        totals[k] = (totals[k] ?? NaN) + weight;
    // One weight has a deviation of about 0.19; five of them for the mean.
    for (const total of totals)
      expect(Math.abs(total / draws - 1 / tasks)).toBeLessThan((5 * 0.19) / Math.sqrt(draws));
  });

  it('shows a loss of NaN', async () => {
    const losses = [1, NaN, 2, 0.5, 3];
    for (const floor of [0, 0.01]) {
      const weights = await deviceWeights('uw-o', losses, { settings: { floor } });
      expect(weights.map(Number.isNaN)).toEqual(losses.map(Number.isNaN));
      // Some devices have e^NaN = ∞, so that the other weights of a softmax come out as 0.
      expect((await deviceWeights('uw-so', losses, { settings: { floor } }))[1]).toBeNaN();
    }
    expect((await deviceWeights('gls', losses))[1]).toBeNaN();
    const gradient = tf.tidy(
      () => uw().onDevice?.gradient(tf.tensor1d(losses), tf.zeros([5])) ?? tf.zeros([0]),
    );
    expect((await read(gradient)).map(Number.isNaN)).toEqual(losses.map(Number.isNaN));
  });
}
