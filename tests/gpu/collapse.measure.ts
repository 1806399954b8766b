import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { EpochOrder } from '../../src/data/order';
import { createWebDataSource } from '../../src/data/web-data-source';
import { capture } from '../../src/engine/capture';
import { asLab } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { DeviceBatches } from '../../src/nn/device-batches';
import { createGroupedSgd } from '../../src/nn/grouped-sgd';
import { createLayeredClassifier, type LayeredShape } from '../../src/nn/layered-classifier';
import { measureCollapse } from '../../src/training/measure-collapse';

/**
 * What measuring collapse on 10,000 images costs, beside an epoch of training on them, interleaved in one run:
 * `SEEDLAB_MEASURE=1 npx vitest run --project gpu tests/gpu/collapse.measure.ts`.
 */
const IMAGES = 10_000;
const BATCH = 125;
const ROUNDS = 3;

const least = (times: number[]) => `${Math.min(...times).toFixed(0)} ms`;

test.each<[string, Pick<LayeredShape, 'body' | 'widths'>]>([
  ['MLP 784-256-256-64', { body: 'mlp', widths: [256, 256, 64] }],
  ['CNN 8-16-32', { body: 'cnn', widths: [8, 16, 32] }],
])('%s', async (name, body) => {
  const compute = await openCompute();
  const { queue } = asLab(tf.backend()).device;
  const { signal } = new AbortController();
  const portion = { train: IMAGES, test: 0 };
  const loading = createWebDataSource(new URL('/data/', location.href)).load(
    'fashion-mnist',
    portion,
    signal,
  );
  let next = await loading.next();
  while (next.done !== true) next = await loading.next();
  const { shape: image, train: split, classes } = next.value;
  const train = new DeviceBatches(next.value, split);
  const model = createLayeredClassifier(
    { ...body, image, classes: classes.length, batchNorm: true, headLayers: 1, headBias: true },
    createRng(0),
  );
  const optimizer = createGroupedSgd([{ parameters: model.parameters, weightDecay: 5e-3 }], {
    momentum: 0.9,
  });
  const step = capture({
    inputs: {
      indices: { dtype: 'int32', shape: [BATCH] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
    },
    outputs: ['loss'],
    step({ indices, settings }) {
      const { images, labels } = train.images(indices);
      const { value, grads } = tf.variableGrads(
        () => softmaxCrossEntropy(model.forward(images, 'training').logits, labels, { reduction: 'mean' }),
        model.parameters.list(),
      );
      optimizer.applyWith(model.parameters.byName(grads), settings);
      return { loss: value };
    },
  });
  const order = new EpochOrder(createRng(0), IMAGES, BATCH);
  const trainFor = async (steps: number) => {
    for (let at = 0; at < steps; at++)
      await step.run({ indices: Int32Array.from(order.batchOf(at)), settings: optimizer.settingsAt(0.01) });
    await step.read();
    await queue.onSubmittedWorkDone();
  };
  const measure = async (allLayers: boolean) => {
    const measuring = measureCollapse(
      split,
      (examples) => {
        const { layers, logits } = model.forward(train.images(examples).images, 'evaluation');
        return { layers: allLayers ? layers : layers.slice(-1), logits };
      },
      {
        classes,
        weighting: 'classes',
        what: 'training images',
        signal,
        lossOf: (logits, labels) => softmaxCrossEntropy(logits, labels),
      },
    );
    while ((await measuring.next()).done !== true);
  };
  const timed = async (run: () => Promise<void>) => {
    const startedAt = performance.now();
    await run();
    return performance.now() - startedAt;
  };
  await trainFor(8);
  await measure(true);
  const times: Record<'epoch' | 'all layers' | 'last layer', number[]> = {
    epoch: [],
    'all layers': [],
    'last layer': [],
  };
  for (let round = 0; round < ROUNDS; round++) {
    times.epoch.push(await timed(() => trainFor(IMAGES / BATCH)));
    times['all layers'].push(await timed(() => measure(true)));
    times['last layer'].push(await timed(() => measure(false)));
  }
  console.log(
    `${name} on ${compute.info.adapter}: an epoch of training ${least(times.epoch)}, ` +
      `measuring all layers ${least(times['all layers'])}, the last layer ${least(times['last layer'])}`,
  );
  for (const resource of [step, optimizer, model, train, compute]) resource.dispose();
});
