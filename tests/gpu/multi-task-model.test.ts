import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { LAB } from '../../src/engine/lab-backend';
import { detach } from '../../src/kernels/detach';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import { uwO } from '../../src/methods/weighting/methods/uw-o';
import type { MultiTask, MultiTaskBatch } from '../../src/nn/multi-task-batches';
import { createMultiTaskModel, type MultiTaskShape } from '../../src/nn/multi-task-model';
import { createOptimizer } from '../../src/nn/optimizer';
import { evaluateTasks } from '../../src/training/evaluate-tasks';
import { distance, integers, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

/** Every kind of loss; inputs of 98 numbers. */
const tasks: readonly MultiTask[] = [
  { id: 'class', loss: 'cross-entropy', outputs: 3 },
  { id: 'round', loss: 'binary-cross-entropy', outputs: 1 },
  { id: 'angle', loss: 'l1', outputs: 1 },
  { id: 'clean', loss: 'l2', outputs: 98 },
  { id: 'red', loss: 'binary-cross-entropy', outputs: 1 },
];
const attributes: readonly MultiTask[] = Array.from({ length: 18 }, (_, k) => ({
  id: `attribute ${k}`,
  loss: 'binary-cross-entropy',
  outputs: 1,
}));

const common = { width: 16, depth: 2, heads: 2, headWidth: 0, tasks } as const;
const shapes: [name: string, shape: MultiTaskShape][] = [
  ['mlp', { ...common, trunk: 'mlp', inputShape: [7, 7, 2] }],
  ['cnn', { ...common, trunk: 'cnn', inputShape: [7, 7, 2] }],
  ['vit', { ...common, trunk: 'vit', inputShape: [7, 14] }],
  ['mlp with hidden layers in its heads', { ...common, trunk: 'mlp', inputShape: [7, 7, 2], headWidth: 8 }],
  [
    'mlp for 18 attributes',
    { ...common, trunk: 'mlp', inputShape: [7, 7, 2], headWidth: 4, tasks: attributes },
  ],
];

/** Random examples with random targets, to be learnt by heart. */
function examples({ inputShape, tasks }: MultiTaskShape, count: number, seed = 1): MultiTaskBatch<string> {
  const columns = tasks.filter(({ loss }) => loss === 'binary-cross-entropy').length;
  return {
    input: tf.tensor(normals(count * 98, seed), [count, ...inputShape]),
    targets: {
      class: tf.tensor1d(integers(count, 3, seed), 'int32'),
      angle: tf.tensor1d(normals(count, seed + 1)),
      clean: tf.tensor(normals(count * 98, seed + 2), [count, ...inputShape]),
      attributes: tf.tensor2d(Float32Array.from(integers(count * columns, 2, seed + 3)), [count, columns]),
    },
  };
}

const modelOf = (shape: MultiTaskShape) => createMultiTaskModel(shape, createRng(1).fork('init'));

async function valuesOn(backend: string, run: () => tf.Tensor[]): Promise<number[][]> {
  await tf.setBackend(backend);
  const results = tf.tidy(run);
  const numbers = await Promise.all(results.map(async (tensor) => [...(await tensor.data())]));
  tf.dispose(results);
  await tf.setBackend(LAB);
  return numbers;
}

describe.each(shapes)('%s', (_, shape) => {
  test('has the losses and gradients of plain tfjs', async () => {
    const run = () => {
      const model = modelOf(shape);
      const batch = examples(shape, 11);
      const weights = tf.tensor1d(normals(shape.tasks.length, 5));
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.mul(model.losses(batch), weights)),
        model.parameters.list(),
      );
      const gradients = [...model.parameters.byName(grads).values()];
      const losses = model.losses(batch);
      model.parameters.dispose();
      return [losses, value, ...gradients];
    };
    const got = await valuesOn(LAB, run);
    const want = await valuesOn('cpu', run);
    expect(got.length).toBe(want.length);
    for (const [i, each] of want.entries())
      expect(distance(got[i] ?? [], each), `tensor ${i}`).toBeLessThanOrEqual(5e-5);
  });

  test('learns every task in a captured step', async () => {
    const model = modelOf(shape);
    const optimizer = createOptimizer(model.parameters, { kind: 'adam', weightDecay: 0, momentum: 0 });
    const batch = examples(shape, 16);
    const method = uwO().onDevice;
    const rng = createDeviceRng(createRng(1), tf.tensor1d([1], 'int32'));
    const read = async () => {
      const losses = tf.tidy(() => model.losses(batch));
      const values = [...(await losses.data())];
      losses.dispose();
      return values;
    };
    const step = capture({
      inputs: { settings: { dtype: 'float32', shape: [optimizer.settingsLength] } },
      outputs: ['loss', 'nonFinite'],
      step({ settings }) {
        const raw: tf.Tensor1D[] = [];
        const { grads } = tf.variableGrads(() => {
          const losses = model.losses(batch);
          const detached = tf.keep(detach(losses)); // beyond the gradients' own tidy
          raw.push(detached);
          const weights = method?.weights(detached, { learned: null, rng });
          return tf.sum(weights ? tf.mul(losses, weights) : losses);
        }, model.parameters.list());
        const { nonFinite } = optimizer.applyWith(model.parameters.byName(grads), settings);
        const loss = tf.sum<tf.Scalar>(tf.concat(raw));
        tf.dispose(raw);
        return { loss, nonFinite };
      },
    });
    const before = await read();
    for (let i = 1; i <= 40; i++) await step.run({ settings: optimizer.settingsAt(i, 0.01) });
    const { loss, nonFinite } = await step.read();
    expect(step.outcome).toEqual({ captured: true });
    expect(Math.max(...nonFinite)).toBe(0);
    const after = await read();
    expect(loss).toHaveLength(40);
    expect((loss.at(-1) ?? NaN) / (loss[0] ?? NaN)).toBeLessThan(0.8);
    for (const [k, value] of after.entries())
      expect(value, shape.tasks[k]?.id ?? '').toBeLessThan(before[k] ?? NaN);
    step.dispose();
    optimizer.dispose();
    model.parameters.dispose();
    tf.dispose([batch.input, batch.targets, rng.step]);
  });

  test('is evaluated as on the processor', async () => {
    const evaluate = async (backend: string) => {
      await tf.setBackend(backend);
      const model = modelOf(shape);
      const { input, targets } = examples(shape, 37, 7);
      const evaluation = evaluateTasks(
        37,
        (indices) => ({
          input: tf.gather(input, indices),
          targets: Object.fromEntries(
            Object.entries(targets).map(([name, values]) => [name, tf.gather(values, indices)]),
          ),
        }),
        model,
        shape.tasks,
        new AbortController().signal,
        12,
      );
      let next = await evaluation.next();
      while (next.done !== true) next = await evaluation.next();
      tf.dispose([input, targets]);
      model.parameters.dispose();
      await tf.setBackend(LAB);
      return [...next.value.values()].flatMap(({ loss, metric, errorRate = 0 }) => [loss, metric, errorRate]);
    };
    expect(distance(await evaluate(LAB), await evaluate('cpu'))).toBeLessThan(1e-5);
  });
});
