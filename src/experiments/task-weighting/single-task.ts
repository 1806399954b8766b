import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../../data/data-source';
import { EpochOrder } from '../../data/order';
import { capture } from '../../engine/capture';
import type { CapturedStep } from '../../engine/captured-step';
import { keyOf } from '../../math/philox-rng';
import type { MultiTask } from '../../nn/multi-task-batches';
import { createMultiTaskModel } from '../../nn/multi-task-model';
import { createOptimizer } from '../../nn/optimizer';
import { learningRateAt } from '../../nn/schedule';
import type { PhaseEvent } from '../../run/events';
import type { RunContext } from '../../run/experiment';
import { digestOf } from '../../spec/digest';
import { evaluateTasks } from '../../training/evaluate-tasks';
import { pretrained, type Pretraining } from '../../training/pretrain';
import { lengthOf } from '../../training/training-length';
import type { TaskWeightingSpec } from './knobs';
import { modelShape } from './model-shape';
import { scheduleOf } from './schedule';
import { createTaskBatches, fixedBatches, trainingDraws, type TaskData } from './task-data';

/** What a model can that was trained for one task alone. */
export interface SingleTask {
  /** Its task's metric on the test images. */
  test: number;
  /** The same on the validation images. */
  validation: number;
  /** Trained for this run, rather than found as an earlier one left it. */
  trainedHere: boolean;
  /** Why it could not be kept for other runs; absent where it was. */
  trouble?: string;
}

/** Knobs that a single-task model depends on, besides its task, its seed and its data. */
const DEPENDS_ON = [
  'tasks',
  'jitter',
  'maxAngle',
  'angleNoise',
  'pixelNoise',
  'trainExamples',
  'validationExamples',
  'testExamples',
  'trunk',
  'width',
  'depth',
  'attentionHeads',
  'patch',
  'headWidth',
  'baselineRate',
  'weightDecay',
  'batch',
  'duration',
  'durationUnit',
  'schedule',
] as const satisfies readonly (keyof TaskWeightingSpec)[];

/**
 * What the comparison is measured against: for each task a model of the same trunk, trained for this task alone with Adam
 * on the same batches for as many steps. It depends on the seed and on no knob of the weighting, so all variants of a seed
 * share it; the first run that needs one trains it.
 * @param tasks all of the setting
 * @returns by task, in the same order
 * @throws DivergedError where a training leaves the finite numbers.
 */
export async function* singleTaskModels(
  spec: TaskWeightingSpec,
  tasks: readonly MultiTask[],
  dataset: Dataset,
  data: TaskData,
  context: RunContext,
): AsyncGenerator<PhaseEvent, SingleTask[], void> {
  const models: SingleTask[] = [];
  for (const [k, { id }] of tasks.entries()) {
    const about = {
      model: 'single-task',
      task: id,
      setting: JSON.stringify(Object.fromEntries(DEPENDS_ON.map((name) => [name, spec[name]]))),
      data: dataset.digest,
      seed: keyOf(context.rng).join(' '),
      // The same link on the same device gives the same bits, so no other build's or device's model will do.
      build: __BUILD__,
      device: `${context.device.backend} ${context.device.adapter}`,
    };
    const what = `the single-task model of "${id}" (${k + 1} of ${tasks.length})`;
    const model = yield* pretrained(
      {
        name: `single-${digestOf(about)}`,
        what,
        about,
        create: () => createTraining(spec, id, dataset, data, context),
      },
      context,
    );
    models.push({
      test: Number(model.metadata['test']),
      validation: Number(model.metadata['validation']),
      trainedHere: model.stepsTrained > 0,
      ...(model.trouble !== undefined && { trouble: model.trouble }),
    });
  }
  return models;
}

/** What became of them, for the run's details. */
export function singleTaskWords(models: readonly SingleTask[]): string {
  const trained = models.filter(({ trainedHere }) => trainedHere).length;
  const found = models.length - trained;
  const parts = [
    ...(trained > 0 ? [`${trained} trained for this run`] : []),
    ...(found > 0 ? [`${found} found as an earlier run left ${found === 1 ? 'it' : 'them'}`] : []),
  ];
  const trouble = models.find((model) => model.trouble !== undefined)?.trouble;
  return parts.join(', ') + (trouble === undefined ? '' : `; not kept for other runs: ${trouble}`);
}

function createTraining(
  spec: TaskWeightingSpec,
  id: string,
  dataset: Dataset,
  { train, validation, test }: TaskData,
  { rng, signal }: Pick<RunContext, 'rng' | 'signal'>,
): Pretraining<StepInputs> {
  const batches = createTaskBatches(spec, dataset, train, id);
  const tasks = batches.tasks.filter((task) => task.id === id);
  const model = createMultiTaskModel(modelShape(spec, batches, tasks), rng.fork('init'));
  const optimizer = createOptimizer(model.parameters, {
    kind: 'adam',
    weightDecay: spec.weightDecay,
    momentum: 0,
  });
  const step = captureStep(model, batches, optimizer, spec.batch, rng);
  const order = new EpochOrder(rng.fork('order'), train.count, spec.batch);
  const totalSteps = lengthOf(spec, order);
  const schedule = scheduleOf(spec, spec.baselineRate, totalSteps);

  async function* metricOn(split: 'validation' | 'test'): AsyncGenerator<PhaseEvent, number, void> {
    const images = split === 'test' ? test : validation;
    const fixed = createTaskBatches(spec, dataset, images, id);
    try {
      const found = yield* evaluateTasks(images.count, fixedBatches(fixed, split), model, tasks, signal);
      return found.get(id)?.metric ?? NaN;
    } finally {
      fixed.dispose();
    }
  }

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
      return { validation: yield* metricOn('validation'), test: yield* metricOn('test') };
    },
    dispose() {
      for (const resource of [step, optimizer, model.parameters, batches]) resource.dispose();
    },
  };
}

/** What a step depends on besides the model and the optimizer's state. */
type StepInputs = ReturnType<typeof captureStep> extends CapturedStep<infer I, string> ? I : never;

function captureStep(
  model: ReturnType<typeof createMultiTaskModel>,
  batches: ReturnType<typeof createTaskBatches>,
  optimizer: ReturnType<typeof createOptimizer>,
  batch: number,
  rng: RunContext['rng'],
) {
  return capture({
    inputs: {
      indices: { dtype: 'int32', shape: [batch] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      step: { dtype: 'int32', shape: [1] },
    },
    outputs: ['loss', 'gradientNorm', 'nonFinite'],
    step({ indices, settings, step }) {
      const examples = batches.batch(indices, trainingDraws(rng, step));
      const { value, grads } = tf.variableGrads(
        () => tf.sum<tf.Scalar>(model.losses(examples)),
        model.parameters.list(),
      );
      return { loss: value, ...optimizer.applyWith(model.parameters.byName(grads), settings) };
    },
  });
}
