import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { captureEach } from '../../src/engine/capture-each';
import { EagerStep } from '../../src/engine/eager-step';
import { MetricRing } from '../../src/engine/metric-ring';
import '../../src/kernels/native';
import { momentumUpdate } from './momentum-update';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

const size = 3;

/** A step with state that gives two scalars and vectors of lengths 3 and 1, whose declared order is not that of its result. */
function stateful() {
  const [state, momentum] = [tf.variable(tf.ones([size])), tf.variable(tf.zeros([size]))];
  return {
    inputs: { x: { dtype: 'float32', shape: [size] } },
    outputs: ['total', 'first'],
    vectors: { state: size, last: 1 },
    step: ({ x }: { x: tf.Tensor1D }) => {
      const settings = tf.tensor1d([0.1, 0.9]);
      momentumUpdate({ gradient: tf.mul(x, state), settings }, { parameter: state, momentum }, {});
      return {
        last: tf.slice1d(x, size - 1, 1),
        state: tf.mul<tf.Tensor1D>(state, 1), // its values now
        total: tf.sum<tf.Scalar>(state),
        first: tf.reshape<tf.Rank.R0>(tf.slice1d(x, 0, 1), []),
      };
    },
  } as const;
}

const inputsAt = (step: number) => ({ x: Float32Array.of(step, -step / 7, 1 / step) });

type Columns = Record<'total' | 'first' | 'state' | 'last', Float32Array>;
const plain = (columns: Columns) =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, [...values]]));
const joined = (parts: Columns[]) =>
  Object.fromEntries(
    (['total', 'first', 'state', 'last'] as const).map((name) => [
      name,
      parts.flatMap((part) => [...part[name]]),
    ]),
  );

describe('a step that gives vectors besides scalars', () => {
  test('captured and in tfjs: all rows, in order, however often they are read', async () => {
    const [captured, eager] = [capture(stateful()), new EagerStep(stateful(), 'the oracle')];
    const [got, wanted]: [Columns[], Columns[]] = [[], []];
    for (let i = 1; i <= 25; i++) {
      await captured.run(inputsAt(i));
      await eager.run(inputsAt(i));
      if (i % 11 === 0) got.push(await captured.read());
      if (i % 4 === 0) wanted.push(await eager.read());
    }
    got.push(await captured.read());
    wanted.push(await eager.read());
    expect(captured.outcome).toEqual({ captured: true });
    const all = joined(got);
    expect(all).toEqual(joined(wanted));
    const inputs = Array.from({ length: 25 }, (_, i) => inputsAt(i + 1).x);
    expect(all['first']).toEqual(inputs.map((x) => x[0]));
    expect(all['last']).toEqual(inputs.map((x) => x[2]));
    expect(all['state']).toHaveLength(25 * size);
    expect(new Set(all['state']).size).toBeGreaterThan(60);
    const none = { total: [], first: [], state: [], last: [] };
    expect([plain(await captured.read()), plain(await eager.read())]).toEqual([none, none]);
    captured.dispose();
    eager.dispose();
  });

  test('more steps than the ring has rows', async () => {
    const step = capture({
      inputs: { x: { dtype: 'float32', shape: [2] } },
      outputs: ['y'],
      vectors: { v: 2 },
      step: ({ x }) => ({ y: tf.sum<tf.Scalar>(x), v: tf.mul<tf.Tensor1D>(x, 2) }),
    });
    for (let i = 1; i <= 1030; i++) await step.run({ x: Float32Array.of(i, -1) });
    const { y, v } = await step.read();
    expect([...y]).toEqual(Array.from({ length: 1030 }, (_, i) => i));
    expect([...v]).toEqual(Array.from({ length: 1030 }, (_, i) => [2 * (i + 1), -2]).flat());
    step.dispose();
  });

  test('in several shapes, some of them captured anew', async () => {
    const step = captureEach(
      (key: number) =>
        ({
          inputs: { x: { dtype: 'float32', shape: [key] } },
          outputs: ['size'],
          vectors: { ends: 2 },
          step: ({ x }: { x: tf.Tensor1D }) => ({
            size: tf.sum<tf.Scalar>(tf.onesLike(x)),
            ends: tf.concat1d([tf.slice1d(x, 0, 1), tf.slice1d(x, key - 1, 1)]),
          }),
        }) as const,
      { most: 2 },
    );
    const keys = Array.from({ length: 30 }, (_, i) => [3, 3, 5, 3, 2][i % 5] ?? 1);
    const [sizes, ends]: [number[], number[]] = [[], []];
    for (const [i, key] of keys.entries()) {
      await step.run(key, { x: Float32Array.from({ length: key }, (_, at) => 100 * i + at) });
      if (i % 7 !== 6 && i !== 29) continue;
      const read = await step.read();
      sizes.push(...read.size);
      ends.push(...read.ends);
    }
    expect(sizes).toEqual(keys);
    expect(ends).toEqual(keys.flatMap((key, i) => [100 * i, 100 * i + key - 1]));
    step.dispose();
  });

  test('is given up when a vector differs in one element', async () => {
    let calls = 0;
    const step = capture({
      inputs: { x: { dtype: 'float32', shape: [2] } },
      outputs: ['y'],
      vectors: { v: 2 },
      step: ({ x }) => ({ y: tf.sum<tf.Scalar>(x), v: tf.mul<tf.Tensor1D>(x, [1, ++calls]) }),
    });
    for (let i = 1; i <= 4; i++) await step.run({ x: Float32Array.of(1, 1) });
    expect(step.outcome).toEqual({ captured: false, reason: 'a replay differs from the step in v' });
    expect([...(await step.read()).v]).toEqual([1, 1, 1, 2, 1, 3, 1, 4]);
    step.dispose();
  });

  test.each([
    ['too long', () => tf.tensor1d([1, 2, 3])],
    ['of rank 2', () => tf.tensor2d([[1, 2]]) as tf.Tensor as tf.Tensor1D],
    ['of whole numbers', () => tf.tensor1d([1, 2], 'int32')],
  ])('is refused when a vector is %s', async (_, v) => {
    const step = capture({
      inputs: { x: { dtype: 'float32', shape: [] } },
      outputs: ['y'],
      vectors: { v: 2 },
      step: ({ x }) => ({ y: x, v: v() }),
    });
    await expect(step.run({ x: Float32Array.of(1) })).rejects.toThrow('output v must be float32 [2]');
    step.dispose();
  });
});

test('a ring keeps outputs of several lengths, and rows too long for many still one at a time', async () => {
  const tensors = [tf.tensor1d([1, 2, 3]), tf.scalar(4), tf.range(0, 3 * 2 ** 20)];
  const ring = new MetricRing(
    lab.backend.device,
    tensors.map(({ size }) => size),
  );
  const buffers = tensors.map((tensor) => lab.backend.bufferOf(tensor));
  lab.backend.submitPending();
  for (let i = 0; i < 2; i++) {
    if (ring.isFull) await ring.drain();
    const encoder = lab.backend.device.createCommandEncoder();
    ring.encode(encoder, buffers);
    lab.backend.device.queue.submit([encoder.finish()]);
    expect(ring.isFull).toBe(true);
  }
  const rows = await ring.read();
  expect(rows.length).toBe(2 * (4 + 3 * 2 ** 20));
  expect([...rows.subarray(4 + 3 * 2 ** 20).subarray(0, 7)]).toEqual([1, 2, 3, 4, 0, 1, 2]);
  ring.dispose();
  tf.dispose(tensors);
});
