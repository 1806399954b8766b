import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { EpochOrder } from '../../src/data/order';
import { PatchReader } from '../support/patch-reader';
import { createWebDataSource } from '../../src/data/web-data-source';
import { asLab } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import { dropout } from '../../src/kernels/dropout/dropout';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { randomNormal } from '../../src/kernels/random/random';
import { createRng } from '../../src/math/philox-rng';
import { DeviceBatches } from '../../src/nn/device-batches';

/**
 * What a batch costs read on the processor and sent, and read on the device by index, interleaved in one run:
 * `SEEDLAB_MEASURE=1 npx vitest run --project gpu tests/gpu/batch.measure.ts`.
 */
const ROUNDS = 25;
const LAUNCHES = 10;

const least = (times: number[]) => Math.min(...times).toFixed(3);
const median = (times: number[]) => ([...times].sort((a, b) => a - b)[times.length >> 1] ?? NaN).toFixed(3);

test.each([
  ['fashion-mnist', 64],
  ['fashion-mnist', 256],
  ['cifar-10', 64],
  ['cifar-10', 256],
])('%s, batch %i', async (name, batch) => {
  const compute = await openCompute();
  const backend = asLab(tf.backend());
  const { queue } = backend.device;
  const loading = createWebDataSource(new URL('/data/', location.href)).load(
    name,
    { test: 0 },
    new AbortController().signal,
  );
  let next = await loading.next();
  while (next.done !== true) next = await loading.next();
  const dataset = next.value;

  const startedAt = performance.now();
  const batches = new DeviceBatches(dataset, dataset.train, { patch: 4 });
  backend.submitPending();
  const scriptMs = performance.now() - startedAt;
  await queue.onSubmittedWorkDone();
  const lines = [
    `sent once: script ${scriptMs.toFixed(0)} ms, done ${(performance.now() - startedAt).toFixed(0)} ms`,
  ];

  const reader = new PatchReader(dataset, 4);
  const order = new EpochOrder(createRng(0), dataset.train.count, batch);
  const x = tf.zeros<tf.Rank.R3>([batch, reader.patches, reader.patchValues]);
  const [labels, indices] = [tf.zeros([batch], 'int32'), tf.zeros<tf.Rank.R1>([batch], 'int32')];
  const rng = createDeviceRng(createRng(1), tf.tensor1d([1], 'int32'));
  const crop = { padding: 2, flip: true, noise: 0, rng };
  const script: Record<string, number[]> = {};
  const wall: Record<string, number[]> = {};
  const time = async (label: string, run: () => void, times = 1) => {
    await queue.onSubmittedWorkDone();
    const startedAt = performance.now();
    for (let i = 0; i < times; i++) tf.tidy(run);
    backend.submitPending();
    (script[label] ??= []).push((performance.now() - startedAt) / times);
    await queue.onSubmittedWorkDone();
    (wall[label] ??= []).push((performance.now() - startedAt) / times);
  };

  for (let round = 0; round < ROUNDS; round++) {
    const examples = order.batchOf(round);
    await time('PatchReader and writeBuffer', () => {
      const values = reader.read(dataset.train, examples);
      queue.writeBuffer(backend.bufferOf(x), 0, values.patches);
      queue.writeBuffer(backend.bufferOf(labels), 0, values.labels);
    });
    const sendIndices = () => {
      queue.writeBuffer(backend.bufferOf(indices), 0, Int32Array.from(examples));
    };
    await time('indices and writeBuffer', sendIndices, 100);
    await time('patches by index', () => void batches.patches(indices), LAUNCHES);
    await time('the same, shifted and mirrored', () => void batches.patches(indices, crop), LAUNCHES);
    await time('dropout as large', () => void dropout(x, 0.5, rng), LAUNCHES);
    await time('normal numbers as many', () => void randomNormal(x.shape, rng), LAUNCHES);
    await time('relu as large', () => void tf.relu(x), LAUNCHES);
  }
  for (const [label, times] of Object.entries(wall))
    lines.push(
      `${label}: script least ${least(script[label] ?? [])} median ${median(script[label] ?? [])} ms, ` +
        `until done least ${least(times)} median ${median(times)} ms`,
    );
  console.log(`${name}, batch ${batch}, ${x.size} values\n${lines.join('\n')}`);
  batches.dispose();
  compute.dispose();
});
