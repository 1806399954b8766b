import type * as tf from '@tensorflow/tfjs-core';
import { EpochOrder } from '../../data/order';
import { createRng } from '../../math/philox-rng';
import { DeviceBatches } from '../../nn/device-batches';
import { stateOfVariables } from '../../nn/saved-state';
import { learningRateAt, type Schedule } from '../../nn/schedule';
import { defineRun } from '../../run/experiment';
import type { Snapshot } from '../../run/snapshot';
import { evaluateSplit } from '../../training/evaluate-split';
import { HeldResources } from '../../training/held-resources';
import { loadDataset } from '../../training/load-dataset';
import { requireFinite } from '../../training/require-finite';
import { runTraining } from '../../training/training-loop';
import card from './card';
import { contrasts, inputScale } from './inputs';
import { createTractModel } from './model';
import { measureFirstLayer, pictureFilters } from './picture-first-layer';
import { captureTrainingStep, createTractOptimizer } from './training-step';

/** Trains an image classifier whose first layer is updated by TrAct or as usual, and pictures that layer on the way. */
export default defineRun(card, async function* (spec, context) {
  const { rng, data, signal } = context;
  const portion = { train: spec.trainExamples, test: spec.testExamples };
  const dataset = yield* loadDataset(data, spec.dataset, portion, signal);
  const order = new EpochOrder(rng.fork('order'), dataset.train.count, spec.batch);
  const totalSteps = spec.duration * order.stepsPerEpoch;
  const schedule: Schedule = { kind: spec.schedule, peak: spec.learningRate, warmup: 0, totalSteps };
  const held = new HeldResources();

  try {
    const scale = inputScale(spec, dataset);
    const patch = spec.model === 'vit' ? { patch: spec.patch } : {};
    const train = held.hold(
      new DeviceBatches(scale, dataset.train, {
        ...patch,
        ...contrasts(spec.contrast, dataset.train.count, rng.fork('contrast')),
      }),
    );
    // What models are measured on is data: the same for every seed.
    const test = held.hold(
      new DeviceBatches(scale, dataset.test, {
        ...patch,
        ...contrasts(spec.contrast, dataset.test.count, createRng(0).fork('test contrast')),
      }),
    );
    const model = held.hold(createTractModel(spec, dataset, rng));
    const optimizer = held.hold(createTractOptimizer(spec, model));
    const step = held.hold(captureTrainingStep(spec, model, train, optimizer, rng));

    const sampled = { test, available: dataset.test.count };
    const picture = async (at: number, withSpectrum = false): Promise<Snapshot[]> => [
      await pictureFilters(model, at),
      ...(await measureFirstLayer(model, sampled, at, { lambda: spec.lambda, withSpectrum })),
    ];

    return yield* runTraining(
      {
        step,
        state: { parameters: model.parameters, buffers: stateOfVariables(model.running), optimizer },
        totalSteps,
        evalEvery: spec.evalEvery,
        async *begins() {
          for (const snapshot of await picture(0, true)) yield { kind: 'snapshot', snapshot };
        },
        inputsAt: (at) => ({
          indices: Int32Array.from(order.batchOf(at - 1)),
          settings: optimizer.settingsAt(at, learningRateAt(at - 1, schedule)),
          step: Int32Array.of(at),
        }),
        scalarsOf(at, { loss, gradientNorm, nonFinite }) {
          requireFinite(at, { loss, nonFinite }, (number) => optimizer.parameterName(number));
          return { trainLoss: loss, gradientNorm, learningRate: learningRateAt(at - 1, schedule) };
        },
        async *evaluate(at) {
          const { accuracy, loss } = yield* evaluateSplit(
            dataset.test,
            (examples: tf.Tensor1D) => model.logits(model.read(test, examples).x, false),
            signal,
          );
          for (const snapshot of await picture(at)) yield { kind: 'snapshot', snapshot };
          return { testAccuracy: accuracy, testLoss: loss };
        },
        facts: () => ({
          totalSteps,
          batchSize: spec.batch,
          epochExamples: order.stepsPerEpoch * spec.batch,
          orderDigest: order.digest,
          parameters: model.parameters.count,
          flopsPerImage: model.flopsPerImage,
          flopsPerStep: 3 * spec.batch * model.flopsPerImage,
          dataDigest: dataset.digest,
          initDigest: model.parameters.initDigest,
          ...(spec.patchNorm !== 'none' &&
            spec.model !== 'vit' && { remark: 'without patches there is nothing to normalise' }),
          details: {
            'First layer': `filters of ${model.first.shape.join(' × ')}`,
            'Training images': `${dataset.train.count}`,
            'Test images': `${dataset.test.count}`,
          },
        }),
      },
      context,
    );
  } finally {
    held.dispose();
  }
});
