import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { asLab } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import { createOptimizer } from '../../src/nn/optimizer';
import { createVit } from '../../src/nn/vit';
import { normals } from './random-tensor';

/**
 * Time of one training step of a small vision transformer (49 tokens, width 64, 4 blocks, batch 64, Adam) on each backend:
 * `SEEDLAB_MEASURE=1 npx vitest run --project gpu tests/gpu/vit-step.measure.ts`.
 */
const batch = 64;

function trainer(): { step: () => tf.Scalar; dispose: () => void } {
  const shape = { patches: 48, patchValues: 16, width: 64, heads: 4, mlpRatio: 4, depth: 4, classes: 10 };
  const model = createVit(shape, createRng(0).fork('init'));
  const optimizer = createOptimizer(model.parameters, { kind: 'adam', weightDecay: 0, momentum: 0 });
  const input = tf.tensor3d(normals(batch * 48 * 16, 1), [batch, 48, 16]);
  const labels = tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i % 10),
    'int32',
  );
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean<tf.Scalar>(softmaxCrossEntropy(model.forward(input).logits, labels)),
        model.parameters.list(),
      );
      optimizer.apply(model.parameters.byName(grads), 1e-3);
      return value;
    });
  return {
    step,
    dispose() {
      optimizer.dispose();
      model.parameters.dispose();
      tf.dispose([input, labels]);
    },
  };
}

/** Calls `observe` with the arguments of every call of a method while it is watched; gives the way to stop. */
function watch(prototype: object, method: string, observe: (...args: never[]) => void): () => void {
  const original = Reflect.get(prototype, method) as (...args: never[]) => unknown;
  const watched = function (this: unknown, ...args: never[]) {
    observe(...args);
    return original.apply(this, args);
  };
  Reflect.set(prototype, method, watched);
  return () => {
    Reflect.set(prototype, method, original);
  };
}

function whileWatching(watches: (() => void)[], run: () => void): void {
  run();
  for (const stop of watches) stop();
}

interface Counts {
  dispatches: number;
  submits: number;
  buffers: number;
}

/** Counts what reaches the device while `run` runs. */
function counting(run: () => void): Counts {
  const counts = { dispatches: 0, submits: 0, buffers: 0 };
  whileWatching(
    [
      watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => counts.dispatches++),
      watch(GPUQueue.prototype, 'submit', () => counts.submits++),
      watch(GPUDevice.prototype, 'createBuffer', () => counts.buffers++),
    ],
    run,
  );
  return counts;
}

interface Command {
  pipeline: GPUComputePipeline;
  bindings: GPUBindGroup;
  size: [number, number, number];
}

/** Every dispatch that `run` encodes. */
function recording(run: () => void): Command[] {
  const commands: Command[] = [];
  let pipeline: GPUComputePipeline | null = null;
  let bindings: GPUBindGroup | null = null;
  const pass = GPUComputePassEncoder.prototype;
  whileWatching(
    [
      watch(pass, 'setPipeline', (next: GPUComputePipeline) => (pipeline = next)),
      watch(pass, 'setBindGroup', (_: number, next: GPUBindGroup) => (bindings = next)),
      watch(pass, 'dispatchWorkgroups', (x: number, y?: number, z?: number) => {
        if (pipeline && bindings) commands.push({ pipeline, bindings, size: [x, y ?? 1, z ?? 1] });
      }),
    ],
    run,
  );
  return commands;
}

async function measure(label: string, repeats: number): Promise<void> {
  const { step, dispose } = trainer();
  const losses: number[] = [];
  const wall: number[] = [];
  const script: number[] = [];
  let counts: Counts | null = null;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    let loss: tf.Scalar | null = null;
    counts = counting(() => (loss = step()));
    script.push(performance.now() - start);
    losses.push((await (loss as unknown as tf.Scalar).data())[0] ?? NaN);
    wall.push(performance.now() - start);
    (loss as unknown as tf.Scalar).dispose();
  }
  const best = (times: number[]) => Math.min(...times.slice(1)).toFixed(0);
  console.log(
    `${label}: first ${wall[0]?.toFixed(0) ?? ''} ms, then wall ${best(wall)} ms, script ${best(script)} ms, ${JSON.stringify(counts)}, losses ${losses.map((l) => l.toFixed(5)).join(' ')}`,
  );
  dispose();
}

test('a training step on our kernels', async () => {
  const compute = await openCompute();
  console.log(compute.info.adapter);
  await measure('lab', 6);
  compute.dispose();
});

test('where the time goes on our kernels', async () => {
  const compute = await openCompute();
  const { device } = asLab(tf.backend());
  const { step } = trainer();
  step().dispose();
  await device.queue.onSubmittedWorkDone();
  const commands = recording(() => step());
  await device.queue.onSubmittedWorkDone();
  // Each dispatch once more, alone: the values are meaningless by now, the times are not.
  const spent = new Map<string, { ms: number; count: number }>();
  for (const { pipeline, bindings, size } of commands) {
    const { label } = pipeline;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(...size);
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    const key = label.startsWith('LabMatMul') ? `${label} ${size.join('×')}` : label;
    const entry = spent.get(key) ?? { ms: 0, count: 0 };
    spent.set(key, { ms: entry.ms + performance.now() - start, count: entry.count + 1 });
  }
  const total = [...spent.values()].reduce((sum, { ms }) => sum + ms, 0);
  console.log(
    `total ${total.toFixed(0)} ms\n` +
      [...spent]
        .sort((a, b) => b[1].ms - a[1].ms)
        .map(([name, { ms, count }]) => `${name} ×${String(count)} ${ms.toFixed(1)} ms`)
        .join('\n'),
  );
  compute.dispose();
});

test('a training step on tfjs-wasm', async () => {
  await openCompute('wasm');
  await measure('wasm', 4);
});

test('a training step on stock tfjs-webgpu', async () => {
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  await tf.setBackend('webgpu');
  await tf.ready();
  await measure('stock', 2);
});
