import * as tf from '@tensorflow/tfjs-core';
import { EpochOrder } from '../../data/order';
import { DeviceBatches } from '../../nn/device-batches';
import { createOptimizer } from '../../nn/optimizer';
import { learningRateAt, type Schedule } from '../../nn/schedule';
import type { RunFacts } from '../../run/events';
import { defineRun } from '../../run/experiment';
import { evaluateSplit } from '../../training/evaluate-split';
import { HeldResources } from '../../training/held-resources';
import { loadDataset } from '../../training/load-dataset';
import { requireFinite } from '../../training/require-finite';
import { lengthOf } from '../../training/training-length';
import { runTraining } from '../../training/training-loop';
import card from './card';
import { denseModel, takeDense } from './dense-model';
import { createModel } from './model';
import { imagesSnapshot, KeptCounter, picturedImages, pictureRouting } from './routing-picture';
import { ROUTING } from './routing-snapshot';
import { StepsToPeak } from './steps-to-peak';
import { captureTrainingStep } from './training-step';

/**
 * Trains a vision transformer classifier, dense or routed, from scratch or from a dense model, measures it on the test
 * split and pictures its routing.
 */
export default defineRun(card, async function* (spec, context) {
  const { rng, data, signal } = context;
  const portion = { train: spec.trainExamples, test: spec.testExamples };
  const dataset = yield* loadDataset(data, spec.dataset, portion, signal);
  const dense = spec.protocol === 'scratch' ? null : yield* denseModel(spec, dataset, context);
  const order = new EpochOrder(rng.fork('order'), dataset.train.count, spec.batch);
  const totalSteps = lengthOf(spec, order);
  const schedule: Schedule = {
    kind: spec.schedule,
    peak: spec.learningRate,
    warmup: spec.warmup,
    totalSteps,
  };
  const held = new HeldResources();

  try {
    const train = held.hold(new DeviceBatches(dataset, dataset.train, spec));
    const test = held.hold(new DeviceBatches(dataset, dataset.test, spec));
    const { patchCount: patches, patchValues } = train;
    const classes = dataset.classes.length;
    const model = createModel(spec, { patches, patchValues, classes }, rng);
    held.hold(model.parameters);
    if (dense) takeDense(model.parameters, dense, spec);
    const optimizer = held.hold(createOptimizer(model.parameters, { ...spec, kind: spec.optimizer }));

    const step = held.hold(captureTrainingStep(model, train, optimizer, spec.batch));

    /** The model on test images; `pass` tells one pass of a routing by chance from another. */
    const forward = (examples: tf.Tensor1D, pass: number) =>
      model.forward(test.patches(examples).patches, model.policy(tf.tensor1d([pass], 'int32'), 'evaluation'));
    const pictured = picturedImages(dataset.test, classes);

    const counter = held.hold(new KeptCounter());
    const stepsToPeak = new StepsToPeak();
    const isoFlop = `${model.isoFlop.depth} of ${spec.depth} blocks, ${signedPercent(model.isoFlop.mismatch)} FLOPs`;

    const facts = (): RunFacts => ({
      totalSteps,
      batchSize: spec.batch,
      epochExamples: order.stepsPerEpoch * spec.batch,
      orderDigest: order.digest,
      parameters: model.parameters.count,
      flopsPerImage: model.flopsPerImage,
      flopsPerStep: 3 * spec.batch * model.flopsPerImage,
      dataDigest: dataset.digest,
      initDigest: model.parameters.initDigest,
      ...(spec.router === 'isoflop' && { remark: `${isoFlop} against A-MoD` }),
      details: {
        'Tokens per image': `${model.tokens}${spec.readout === 'class' ? ', class token included' : ''}`,
        'Tokens per block': model.tokensPerBlock.join(', '),
        ...(spec.router !== 'dense' && { 'Dense ViT closest in FLOPs to A-MoD': isoFlop }),
        ...(dense && { 'Dense model that it began with': dense.description }),
        'Training images': `${dataset.train.count}`,
        'Test images': `${dataset.test.count}`,
      },
    });

    return yield* runTraining(
      {
        step,
        state: { parameters: model.parameters, optimizer, extra: stepsToPeak.state },
        totalSteps,
        evalEvery: spec.evalEvery,
        evaluatesFirst: dense !== null,
        keepsEveryModel: true,
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
          let pass = 0;
          const evaluation = yield* evaluateSplit(
            dataset.test,
            (examples) => {
              const { logits, blocks } = forward(examples, ++pass);
              counter.add(blocks);
              return logits;
            },
            signal,
          );
          const keptShare = await counter.shares();
          const routing = await pictureRouting(() => forward(tf.tensor1d(pictured, 'int32'), 0));
          yield {
            kind: 'snapshot',
            snapshot: { name: ROUTING, step: at, arrays: { ...routing, keptShare } },
          };
          const { accuracy, loss, msPerExample } = evaluation;
          return {
            testAccuracy: accuracy,
            testLoss: loss,
            stepsToPeak: stepsToPeak.add(at, accuracy),
            inferenceTime: msPerExample,
            ...(at === 0 && { zeroTraining: accuracy }),
          };
        },
        facts,
        async *begins() {
          yield await Promise.resolve({
            kind: 'snapshot',
            snapshot: imagesSnapshot(dataset, pictured),
          } as const);
        },
      },
      context,
    );
  } finally {
    held.dispose();
  }
});

const signedPercent = (fraction: number): string =>
  `${fraction < 0 ? '−' : '+'}${Math.abs(100 * fraction).toFixed(1)} %`;
