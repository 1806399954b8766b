import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import type { StepDefinition } from '../../src/engine/captured-step';
import { EagerStep } from '../../src/engine/eager-step';
import { dropout } from '../../src/kernels/dropout/dropout';
import '../../src/kernels/native';
import { createDeviceRng, type DeviceRng } from '../../src/kernels/random/device-rng';
import { randomUniform } from '../../src/kernels/random/random';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { createDropout } from '../../src/nn/dropout';
import { createLinear } from '../../src/nn/linear';
import { createOptimizer } from '../../src/nn/optimizer';
import { Parameters } from '../../src/nn/parameters';
import { integers, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const rngAt = (step: number) => createDeviceRng(createRng(1).fork('dropout'), tf.tensor1d([step], 'int32'));

const shape: [number, number] = [33, 61];
const some = () => tf.tensor2d(normals(33 * 61, 1), shape);

describe('dropout', () => {
  test('keeps where the uniform number of the same stream is at least p, scaled by 1 / (1 − p)', async () => {
    for (const p of [0.1, 0.5, 0.9]) {
      const x = await some().data();
      const u = await randomUniform(shape, rngAt(3)).data();
      const wanted = x.map((value, i) => ((u[i] ?? 0) < p ? 0 : value * Math.fround(1 / (1 - p))));
      const y = await dropout(some(), p, rngAt(3)).data();
      expect([...y].map((value) => value + 0)).toEqual([...wanted]);
    }
  });

  test('drops a share of p and keeps the mean', async () => {
    const count = 200_000;
    for (const p of [0.1, 0.3]) {
      const y = await dropout(tf.ones([count]), p, rngAt(1)).data();
      const dropped = y.filter((value) => value === 0).length / count;
      expect(Math.abs(dropped - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
      expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
    }
  });

  test('passes gradients through the same mask', async () => {
    const rng = rngAt(7);
    const dy = tf.tensor2d(normals(33 * 61, 2), shape);
    const dx = tf.grad((x) => tf.mul(dropout(x, 0.4, rng), dy))(some());
    expect(await dx.data()).toEqual(await dropout(dy, 0.4, rng).data());
  });

  test('is the identity for p = 0 and refuses what is no probability', () => {
    const x = some();
    expect(dropout(x, 0, rngAt(1))).toBe(x);
    for (const p of [-0.1, 1, NaN]) {
      expect(() => dropout(x, p, rngAt(1))).toThrow(RangeError);
      expect(() => createDropout('layer', p)).toThrow(RangeError);
    }
  });

  test('shows a NaN whether or not it is dropped', async () => {
    const y = await dropout(tf.fill([64], NaN), 0.5, rngAt(1)).data();
    expect(y.every(Number.isNaN)).toBe(true);
  });
});

describe('a dropout layer', () => {
  test('leaves its input alone without a stream', () => {
    const x = some();
    expect(createDropout('layer', 0.5)(x, null)).toBe(x);
  });

  test('draws by its name', async () => {
    const [a, b] = [createDropout('a', 0.5), createDropout('b', 0.5)];
    const rng = rngAt(2);
    const [ya, again, yb] = await Promise.all([a, a, b].map((layer) => layer(some(), rng).data()));
    expect(again).toEqual(ya);
    expect(yb).not.toEqual(ya);
  });
});

describe('an MLP with dropout', () => {
  const [batch, inputs, width, classes] = [24, 20, 33, 5];
  function mlp() {
    const root = createRng(4);
    const parameters = new Parameters(root.fork('init'));
    const layers = [
      createLinear(parameters, 'first', inputs, width),
      createLinear(parameters, 'second', width, width),
      createLinear(parameters, 'head', width, classes),
    ] as const;
    const [atInput, hidden] = [createDropout('input', 0.1), createDropout('hidden', 0.5)];
    const optimizer = createOptimizer(parameters, { kind: 'adam', weightDecay: 0, momentum: 0 });
    const forward = (x: tf.Tensor2D, rng: DeviceRng | null) => {
      const h = tf.relu(layers[0](atInput(x, rng)));
      return layers[2](hidden(tf.relu(layers[1](h)), rng));
    };
    const specs = {
      x: { dtype: 'float32', shape: [batch, inputs] },
      labels: { dtype: 'int32', shape: [batch] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      step: { dtype: 'int32', shape: [1] },
    } as const;
    const definition: StepDefinition<typeof specs, 'loss' | 'kept'> = {
      inputs: specs,
      outputs: ['loss', 'kept'],
      step({ x, labels, settings, step }) {
        const rng = createDeviceRng(root.fork('dropout'), step);
        const { value, grads } = tf.variableGrads(
          () => tf.mean<tf.Scalar>(softmaxCrossEntropy(forward(x, rng), labels)),
          parameters.list(),
        );
        optimizer.applyWith(parameters.byName(grads), settings);
        // A number that tells masks apart: which of 16 ones the input's layer keeps, as binary digits.
        const bits = tf.pow(2, tf.range(0, 16));
        const kept = tf.cast(tf.greater(hidden(tf.ones([16]), rng), 0), 'float32');
        return { loss: value, kept: tf.sum<tf.Scalar>(tf.mul(bits, kept)) };
      },
    };
    return {
      definition,
      valuesAt: (step: number) => ({
        x: normals(batch * inputs, 1),
        labels: integers(batch, classes, 1),
        settings: optimizer.settingsAt(step, 3e-3),
        step: Int32Array.of(step),
      }),
      values: () => Promise.all(parameters.list().map(async (p) => [...(await p.data())])),
      evaluate: () => tf.tidy(() => forward(tf.tensor2d(normals(batch * inputs, 1), [batch, inputs]), null)),
      dispose() {
        optimizer.dispose();
        parameters.dispose();
      },
    };
  }

  test('trains captured exactly as it does eagerly for 50 steps, with another mask at each', async () => {
    const [first, second] = [mlp(), mlp()];
    const captured = capture(first.definition);
    const oracle = new EagerStep(second.definition, 'the oracle');
    for (let step = 1; step <= 50; step++) {
      await captured.run(first.valuesAt(step));
      await oracle.run(second.valuesAt(step));
    }
    expect(captured.outcome).toEqual({ captured: true });
    const [got, wanted] = [await captured.read(), await oracle.read()];
    expect([...got.loss]).toEqual([...wanted.loss]);
    expect([...got.kept]).toEqual([...wanted.kept]);
    expect(await first.values()).toEqual(await second.values());
    expect(got.loss.length).toBe(50);
    expect(new Set(got.kept).size).toBeGreaterThan(45); // of 65,536 masks
    expect(got.loss.at(-1)).toBeLessThan(got.loss[0] ?? 0);
    for (const each of [captured, oracle, first, second]) each.dispose();
  });

  test('evaluates without dropping', async () => {
    const model = mlp();
    const [once, again] = [model.evaluate(), model.evaluate()];
    expect(await once.data()).toEqual(await again.data());
    model.dispose();
  });
});
