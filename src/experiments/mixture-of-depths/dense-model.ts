import type * as tf from '@tensorflow/tfjs-core';
import { EpochOrder } from '../../data/order';
import type { CapturedStep } from '../../engine/captured-step';
import { keyOf } from '../../math/philox-rng';
import type { Dataset } from '../../data/data-source';
import { DeviceBatches } from '../../nn/device-batches';
import { createOptimizer } from '../../nn/optimizer';
import type { Parameters } from '../../nn/parameters';
import { learningRateAt, type Schedule } from '../../nn/schedule';
import type { PhaseEvent } from '../../run/events';
import type { RunContext } from '../../run/experiment';
import { digestOf } from '../../spec/digest';
import { evaluateSplit } from '../../training/evaluate-split';
import { loadDataset } from '../../training/load-dataset';
import { pretrained, type Pretrained, type Pretraining } from '../../training/pretrain';
import type { RoutedVitSpec } from './knobs';
import { createModel } from './model';
import { captureTrainingStep } from './training-step';

/** A dense model to begin with. */
export interface DenseModel extends Pretrained {
  /** What it is and what it can, in words. */
  description: string;
}

/** Knobs that the dense model depends on, besides its data set. */
const DEPENDS_ON = [
  'trainExamples',
  'testExamples',
  'patch',
  'width',
  'depth',
  'heads',
  'mlpRatio',
  'readout',
  'optimizer',
  'weightDecay',
  'momentum',
  'batch',
  'warmup',
  'pretrainEpochs',
  'pretrainRate',
] as const satisfies readonly (keyof RoutedVitSpec)[];

/**
 * The dense model that variants are adapted from: of the full depth, trained with cross-entropy on the data set itself,
 * or, for a transfer, on the one named for it. It depends on the seed and on no knob of the routing, so all variants of a
 * seed begin with the same one.
 * @param dataset that the run trains on
 * @throws DataError where the transfer's source cannot be loaded, DivergedError where training leaves the finite numbers.
 */
export async function* denseModel(
  spec: RoutedVitSpec,
  dataset: Dataset,
  context: RunContext,
): AsyncGenerator<PhaseEvent, DenseModel, void> {
  const { data, device, rng, signal } = context;
  const portion = { train: spec.trainExamples, test: spec.testExamples };
  const source =
    spec.protocol === 'transfer' ? yield* loadDataset(data, spec.sourceDataset, portion, signal) : dataset;
  const setting = Object.fromEntries(DEPENDS_ON.map((name) => [name, spec[name]]));
  const about = {
    model: 'dense vision transformer',
    setting: JSON.stringify({ dataset: source.name, ...setting }),
    data: source.digest,
    seed: keyOf(rng).join(' '),
    // The same link on the same device gives the same bits, so no other build's or device's model will do.
    build: __BUILD__,
    device: `${device.backend} ${device.adapter}`,
  };
  const trained = yield* pretrained(
    {
      name: `dense-${digestOf(about)}`,
      what: 'the dense model of this seed',
      about,
      create: () => createTraining({ ...spec, router: 'dense' }, source, context),
    },
    context,
  );
  const accuracy = (100 * Number(trained.metadata['testAccuracy'])).toFixed(1);
  const origin = trained.stepsTrained > 0 ? '' : ', found as an earlier run left it';
  return {
    ...trained,
    description: `${accuracy} % on ${source.name} after ${trained.metadata['steps'] ?? ''} steps${origin}`,
  };
}

/** What a step of it depends on besides the model and the optimizer's state. */
type StepInputs = ReturnType<typeof captureTrainingStep> extends CapturedStep<infer I, string> ? I : never;

function createTraining(
  spec: RoutedVitSpec,
  source: Dataset,
  { rng, signal }: Pick<RunContext, 'rng' | 'signal'>,
): Pretraining<StepInputs> {
  const train = new DeviceBatches(source, source.train, spec);
  const test = new DeviceBatches(source, source.test, spec);
  const { patchCount: patches, patchValues } = train;
  const model = createModel(spec, { patches, patchValues, classes: source.classes.length }, rng);
  const optimizer = createOptimizer(model.parameters, { ...spec, kind: spec.optimizer });
  const step = captureTrainingStep(model, train, optimizer, spec.batch);
  const order = new EpochOrder(rng.fork('pretraining').fork('order'), source.train.count, spec.batch);
  const totalSteps = spec.pretrainEpochs * order.stepsPerEpoch;
  const schedule: Schedule = { kind: 'cosine', peak: spec.pretrainRate, warmup: spec.warmup, totalSteps };
  return {
    step,
    totalSteps,
    inputsAt: (at) => ({
      indices: Int32Array.from(order.batchOf(at - 1)),
      settings: optimizer.settingsAt(at, learningRateAt(at - 1, schedule)),
      step: Int32Array.of(at),
    }),
    parameters: model.parameters,
    optimizer,
    async *evaluate() {
      const logitsOf = (examples: tf.Tensor1D) => model.forward(test.patches(examples).patches).logits;
      const { accuracy, loss } = yield* evaluateSplit(source.test, logitsOf, signal);
      return { testAccuracy: accuracy, testLoss: loss };
    },
    dispose() {
      for (const resource of [step, optimizer, model.parameters, test, train]) resource.dispose();
    },
  };
}

/**
 * Gives a model what it shares with the dense one. A shallower model takes the first blocks; a learned router has no
 * counterpart there and stays as initialised, and so does the read-out layer after a change of data set.
 */
export function takeDense(parameters: Parameters, dense: DenseModel, { protocol }: RoutedVitSpec): void {
  parameters.assign(dense.tensors, {
    except: (name) => name.includes('.router.') || (protocol === 'transfer' && name.startsWith('head.')),
  });
}
