import * as tf from '@tensorflow/tfjs-core';
import { EpochOrder } from '../../data/order';
import { capture } from '../../engine/capture';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import { amodPolicy } from '../../methods/routing/amod';
import { tokensPerBlock } from '../../methods/routing/capacity';
import { DeviceBatches } from '../../nn/device-batches';
import { createOptimizer } from '../../nn/optimizer';
import { learningRateAt, type Schedule } from '../../nn/schedule';
import { createVit, type BlockPolicy } from '../../nn/vit';
import { isoFlopModel, vitFlops } from '../../nn/vit-flops';
import { DivergedError } from '../../run/diverged-error';
import { evaluateSplit } from '../../training/evaluate-split';
import { defineRun } from '../../run/experiment';
import { loadDataset } from '../../training/load-dataset';
import { runTraining } from '../../training/training-loop';
import { SpecError } from '../../spec/parse-spec';
import card from './card';

/** Trains a vision transformer classifier, dense or routed by attention, and measures it on the test split. */
export default defineRun(card, async function* (spec, { rng, data, device, signal, reportDue }) {
  const problems = card.check?.(spec) ?? [];
  if (problems.length > 0) throw new SpecError(problems);

  const portion = { train: spec.trainExamples, test: spec.testExamples };
  const dataset = yield* loadDataset(data, spec.dataset, portion, signal);
  const order = new EpochOrder(rng.fork('order'), dataset.train.count, spec.batch);
  const totalSteps = spec.durationUnit === 'steps' ? spec.duration : spec.duration * order.stepsPerEpoch;
  const schedule: Schedule = {
    kind: spec.schedule,
    peak: spec.learningRate,
    warmup: spec.warmup,
    totalSteps,
  };
  const policy: BlockPolicy | undefined = spec.router === 'amod' ? amodPolicy(spec.capacity) : undefined;
  const held: { dispose(): void }[] = [];
  const hold = <T extends { dispose(): void }>(resource: T): T => {
    held.unshift(resource);
    return resource;
  };

  try {
    const train = hold(new DeviceBatches(dataset, dataset.train, spec));
    const test = hold(new DeviceBatches(dataset, dataset.test, spec));
    const { patchCount: patches, patchValues } = train;
    const classes = dataset.classes.length;
    const model = createVit({ ...spec, patches, patchValues, classes }, rng.fork('init'));
    hold(model.parameters);
    const optimizer = hold(createOptimizer(model.parameters, { ...spec, kind: spec.optimizer }));

    const step = hold(
      capture({
        inputs: {
          indices: { dtype: 'int32', shape: [spec.batch] },
          settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
        },
        outputs: ['loss', 'gradientNorm', 'nonFinite'],
        step({ indices, settings }) {
          const { patches: images, labels } = train.patches(indices);
          const { value, grads } = tf.variableGrads(
            () => softmaxCrossEntropy(model.forward(images, policy).logits, labels, { reduction: 'mean' }),
            model.parameters.list(),
          );
          return { loss: value, ...optimizer.applyWith(model.parameters.byName(grads), settings) };
        },
      }),
    );

    const blocks =
      spec.router === 'amod'
        ? tokensPerBlock(spec.depth, model.tokens, spec.capacity)
        : new Array<number>(spec.depth).fill(model.tokens);
    const cost = { ...spec, tokens: model.tokens, patchValues, classes };
    const flopsPerImage = vitFlops({ ...cost, tokensPerBlock: blocks });
    const isoFlop = isoFlopModel(cost, flopsPerImage, spec.depth);

    return yield* runTraining(
      {
        step,
        totalSteps,
        evalEvery: spec.evalEvery,
        inputsAt: (at) => ({
          indices: Int32Array.from(order.batchOf(at - 1)),
          settings: optimizer.settingsAt(at, learningRateAt(at - 1, schedule)),
        }),
        scalarsOf(at, { loss, gradientNorm, nonFinite }) {
          if (nonFinite > 0)
            throw new DivergedError(`The gradient of ${optimizer.parameterName(nonFinite)}`, at);
          if (!Number.isFinite(loss)) throw new DivergedError('The training loss', at);
          return { trainLoss: loss, gradientNorm, learningRate: learningRateAt(at - 1, schedule) };
        },
        async *evaluate() {
          const logitsOf = (examples: tf.Tensor1D) =>
            model.forward(test.patches(examples).patches, policy).logits;
          const { accuracy, loss } = yield* evaluateSplit(dataset.test, logitsOf, signal);
          return { testAccuracy: accuracy, testLoss: loss };
        },
        facts: () => ({
          totalSteps,
          batchSize: spec.batch,
          epochExamples: order.stepsPerEpoch * spec.batch,
          parameters: model.parameters.count,
          flopsPerImage,
          flopsPerStep: 3 * spec.batch * flopsPerImage,
          dataDigest: dataset.digest,
          initDigest: model.parameters.initDigest,
          details: {
            'Tokens per image': `${model.tokens}, class token included`,
            'Tokens per block': blocks.join(', '),
            ...(spec.router !== 'dense' && {
              'Dense ViT of about equal FLOPs': `${isoFlop.depth} of ${spec.depth} blocks, ${signedPercent(isoFlop.mismatch)} FLOPs`,
            }),
            'Training images': `${dataset.train.count}`,
            'Test images': `${dataset.test.count}`,
          },
        }),
      },
      { device, signal, reportDue },
    );
  } finally {
    for (const resource of held) resource.dispose();
  }
});

const signedPercent = (fraction: number): string =>
  `${fraction < 0 ? '−' : '+'}${Math.abs(100 * fraction).toFixed(1)} %`;
