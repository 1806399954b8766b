import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { openCompute } from '../../src/engine/open-compute';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import { createWeighting, defaultSettings, type WeightingName } from '../../src/methods/weighting/weighting';
import { DEVICE_METHODS, expectWithin, weightingDeviceLaws } from '../support/weighting-device-laws';
import { counting } from './counting';
import { onWebGpu } from '../support/on-webgpu';

const TASKS = 3;
const NAMES = ['w0', 'w1', 'w2', 'g0', 'g1', 'g2'] as const;
const STEPS = 8;
const rng = createRng(9).fork('rlw');

/** Losses of a step, float32, near each other so that every weight is well determined. */
const lossesAt = (step: number) => Float32Array.of(2 / step, 0.5 + 0.1 * step, 1);
const learnedAt = (step: number) => Float32Array.of(-0.5, 0.1 * step, -step);

/** A captured step that gives the three weights and, where the method learns, the gradient of what it learns. */
function capturedMethod(name: WeightingName) {
  const method = createWeighting(name, { ...defaultSettings(TASKS), weights: [1, 2, 5] }).onDevice;
  if (!method) throw new Error(`${name} does not run on the device`);
  return capture({
    inputs: {
      losses: { dtype: 'float32', shape: [TASKS] },
      learned: { dtype: 'float32', shape: [TASKS] },
      step: { dtype: 'int32', shape: [1] },
    },
    outputs: NAMES,
    step({ losses, learned, step }) {
      const weights = method.weights(losses, { learned, rng: createDeviceRng(rng, step) });
      const gradient = 'gradient' in method ? method.gradient(losses, learned) : losses;
      const all = tf.concat([weights, gradient]);
      return Object.fromEntries(
        NAMES.map((output, i) => [output, tf.reshape<tf.Rank.R0>(tf.slice(all, i, 1), [])]),
      ) as Record<(typeof NAMES)[number], tf.Scalar>;
    },
  });
}

const inputsAt = (step: number) => ({
  losses: lossesAt(step),
  learned: learnedAt(step),
  step: Int32Array.of(step),
});

describe('on WebGPU', () => {
  onWebGpu();

  describe('weighting methods in a step', weightingDeviceLaws);

  test.each(DEVICE_METHODS)('%s is replayed, at every step with its own losses', async (name) => {
    const step = capturedMethod(name);
    for (let i = 1; i <= STEPS; i++) await step.run(inputsAt(i));
    const read = await step.read();
    expect(step.outcome).toEqual({ captured: true });
    const column = (output: (typeof NAMES)[number]) => Array.from(read[output]);
    const method = createWeighting(name, { ...defaultSettings(TASKS), weights: [1, 2, 5] });
    if (method.reads === 'gradients') throw new Error(`${name} needs gradients`);
    for (let i = 1; i <= STEPS; i++) {
      const weights = NAMES.slice(0, TASKS).map((output) => column(output)[i - 1] ?? NaN);
      if (name === 'rlw') {
        expect(Math.abs(weights.reduce((total, weight) => total + weight, 0) - 1)).toBeLessThan(1e-6);
        continue;
      }
      const wanted = method.weigh(
        Float64Array.from(lossesAt(i)),
        { learned: Float64Array.from(learnedAt(i)) },
        { epoch: 0, rng },
      );
      expectWithin(weights, wanted.weights, 32);
      if ('gradient' in wanted)
        expectWithin(
          NAMES.slice(TASKS).map((output) => column(output)[i - 1] ?? NaN),
          wanted.gradient as Float64Array,
          32,
          1,
        );
    }
    if (name === 'rlw') expect(new Set(column('w0')).size).toBe(STEPS);
    step.dispose();
  });

  /** What a method costs within a step. */
  test.each([
    ['ew', 0],
    ['scalarization', 0],
    ['rlw', 2],
    ['gls', 6],
    ['imtl-l', 1],
    ['uw', 2],
    ['uw-o', 2],
    ['uw-so', 3],
  ] as const)('%s takes %i launches', async (name, launches) => {
    const method = createWeighting(name, defaultSettings(18)).onDevice;
    const [losses, learned] = [tf.fill([18], 0.7), tf.fill([18], -0.5)] as [tf.Tensor1D, tf.Tensor1D];
    const at = { learned, rng: createDeviceRng(rng, tf.tensor1d([1], 'int32')) };
    const { dispatches } = await counting(() => {
      tf.dispose(method?.weights(losses, at));
    });
    expect(dispatches).toBe(launches);
    tf.dispose([losses, learned, at.rng.step]);
  });
});

describe('on WebAssembly', () => {
  beforeAll(async () => {
    await openCompute('wasm');
    expect(tf.getBackend()).toBe('wasm');
  });
  describe('weighting methods in a step', weightingDeviceLaws);
});
