import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../../data/data-source';
import { EpochOrder } from '../../data/order';
import { PatchReader } from '../../data/patch-reader';
import { capture } from '../../engine/capture';
import type { CaptureOutcome } from '../../engine/captured-step';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import { amodPolicy } from '../../methods/routing/amod';
import { tokensPerBlock } from '../../methods/routing/capacity';
import { Evaluator, type Evaluation } from '../../nn/evaluator';
import { createOptimizer } from '../../nn/optimizer';
import { learningRateAt, type Schedule } from '../../nn/schedule';
import { createVit, type BlockPolicy } from '../../nn/vit';
import { vitFlops } from '../../nn/vit-flops';
import { DivergedError } from '../../run/diverged-error';
import type { PhaseEvent } from '../../run/events';
import { defineRun } from '../../run/experiment';
import { SpecError } from '../../spec/parse-spec';
import card from './card';

/** Test images that go through the model at once; it bounds memory and changes no result. */
const EVAL_BATCH = 250;

/** Trains a vision transformer classifier, dense or routed by attention, and measures it on the test split. */
export default defineRun(card, async function* (spec, { rng, data, signal, reportDue }) {
  const problems = card.check?.(spec) ?? [];
  if (problems.length > 0) throw new SpecError(problems);

  const dataset = yield* load();
  const reader = new PatchReader(dataset, spec.patch);
  const order = new EpochOrder(rng.fork('order'), dataset.train.count, spec.batch);
  const totalSteps = spec.durationUnit === 'steps' ? spec.duration : spec.duration * order.stepsPerEpoch;
  const schedule: Schedule = {
    kind: spec.schedule,
    peak: spec.learningRate,
    warmup: spec.warmup,
    totalSteps,
  };
  const model = createVit(
    {
      ...spec,
      patches: reader.patches,
      patchValues: reader.patchValues,
      classes: dataset.classes.length,
    },
    rng.fork('init'),
  );
  const optimizer = createOptimizer(model.parameters, { ...spec, kind: spec.optimizer });
  const policy: BlockPolicy | undefined = spec.router === 'amod' ? amodPolicy(spec.capacity) : undefined;

  const training = capture({
    inputs: {
      patches: { dtype: 'float32', shape: [spec.batch, reader.patches, reader.patchValues] },
      labels: { dtype: 'int32', shape: [spec.batch] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
    },
    outputs: ['loss'],
    step({ patches, labels, settings }) {
      const { value, grads } = tf.variableGrads(
        () => tf.mean<tf.Scalar>(softmaxCrossEntropy(model.forward(patches, policy).logits, labels)),
        model.parameters.list(),
      );
      optimizer.applyWith(model.parameters.byName(grads), settings);
      return { loss: value };
    },
  });

  try {
    yield { kind: 'facts', facts: facts() };
    yield { kind: 'phase', phase: 'compiling' };
    let isSettled = false; // whether it is known how the steps run: replayed or eagerly
    let reported = 0; // steps whose loss was yielded
    let evaluation: Evaluation | undefined;

    for (let step = 1; step <= totalSteps; step++) {
      signal.throwIfAborted();
      await training.run(inputsAt(step));
      if (training.outcome && !isSettled) {
        isSettled = true;
        yield { kind: 'facts', facts: facts() };
        yield { kind: 'phase', phase: 'training' };
      }
      const isLast = step === totalSteps;
      const evaluates = isLast || (spec.evalEvery > 0 && step % spec.evalEvery === 0);
      if (reportDue() || evaluates || step === 1) {
        const { loss } = await training.read();
        for (const trainLoss of loss) {
          const at = ++reported;
          if (!Number.isFinite(trainLoss)) throw new DivergedError('The training loss', at);
          const learningRate = learningRateAt(at - 1, schedule);
          yield { kind: 'scalars', step: at, values: { trainLoss, learningRate } };
        }
      }
      if (evaluates) {
        evaluation = yield* evaluate();
        const { accuracy: testAccuracy, loss: testLoss } = evaluation;
        yield { kind: 'scalars', step, values: { testAccuracy, testLoss } };
        yield { kind: 'phase', phase: isSettled ? 'training' : 'compiling' };
      }
      yield { kind: 'step', step };
    }
    return { testAccuracy: evaluation?.accuracy ?? NaN, testLoss: evaluation?.loss ?? NaN };
  } finally {
    training.dispose();
    optimizer.dispose();
    model.parameters.dispose();
  }

  async function* load(): AsyncGenerator<PhaseEvent, Dataset, void> {
    const portion = { train: spec.trainExamples, test: spec.testExamples };
    const loading = data.load(spec.dataset, portion, signal);
    for (;;) {
      const next = await loading.next();
      if (next.done === true) return next.value;
      const { doneBytes: done, totalBytes: total } = next.value;
      yield {
        kind: 'phase',
        phase: 'loading',
        detail: spec.dataset,
        progress: { done, total, unit: 'bytes' },
      };
    }
  }

  /** All that training step `step`, counted from 1, depends on besides the state. */
  function inputsAt(step: number) {
    const settings = optimizer.settingsAt(step, learningRateAt(step - 1, schedule));
    return { ...reader.read(dataset.train, order.batchOf(step - 1)), settings };
  }

  /** Test accuracy and loss over the whole test split. It draws nothing and changes nothing. */
  async function* evaluate(): AsyncGenerator<PhaseEvent, Evaluation, void> {
    const evaluator = new Evaluator();
    const total = dataset.test.count;
    for (let from = 0; from < total; from += EVAL_BATCH) {
      yield { kind: 'phase', phase: 'evaluating', progress: { done: from, total, unit: 'examples' } };
      signal.throwIfAborted();
      const examples = Array.from({ length: Math.min(EVAL_BATCH, total - from) }, (_, i) => from + i);
      const { patches, labels } = reader.read(dataset.test, examples);
      const logits = tf.tidy(() => model.forward(patchTensor(patches, labels.length), policy).logits);
      try {
        evaluator.add(await logits.data<'float32'>(), labels);
      } finally {
        logits.dispose();
      }
    }
    return evaluator.result();
  }

  function patchTensor(patches: Float32Array, examples: number): tf.Tensor3D {
    return tf.tensor3d(patches, [examples, reader.patches, reader.patchValues]);
  }

  function facts() {
    const { tokens, parameters } = model;
    const blocks =
      spec.router === 'amod'
        ? tokensPerBlock(spec.depth, tokens, spec.capacity)
        : new Array<number>(spec.depth).fill(tokens);
    const flopsPerImage = vitFlops({
      ...spec,
      tokens,
      patchValues: reader.patchValues,
      classes: dataset.classes.length,
      tokensPerBlock: blocks,
    });
    return {
      totalSteps,
      batchSize: spec.batch,
      epochExamples: order.stepsPerEpoch * spec.batch,
      parameters: parameters.count,
      flopsPerImage,
      flopsPerStep: 3 * spec.batch * flopsPerImage,
      dataDigest: dataset.digest,
      initDigest: parameters.initDigest,
      details: {
        'Tokens per image': `${tokens}, class token included`,
        'Tokens per block': blocks.join(', '),
        'Training images': `${dataset.train.count}`,
        'Test images': `${dataset.test.count}`,
        ...(training.outcome && { 'Captured step': wordsFor(training.outcome) }),
      },
    };
  }
});

const wordsFor = (outcome: CaptureOutcome): string => (outcome.captured ? 'yes' : `no: ${outcome.reason}`);
