import * as tf from '@tensorflow/tfjs-core';
import { EpochOrder } from '../../data/order';
import { deltaM } from '../../math/delta-m';
import { mean } from '../../math/interval';
import { createMultiTaskModel } from '../../nn/multi-task-model';
import { learningRateAt } from '../../nn/schedule';
import { defineRun } from '../../run/experiment';
import { evaluateTasks } from '../../training/evaluate-tasks';
import { HeldResources } from '../../training/held-resources';
import { loadDataset } from '../../training/load-dataset';
import { requireFinite } from '../../training/require-finite';
import { lengthOf } from '../../training/training-length';
import { runTraining } from '../../training/training-loop';
import card from './card';
import { modelShape } from './model-shape';
import { scheduleOf } from './schedule';
import { singleTaskModels, singleTaskWords } from './single-task';
import { createTaskStep } from './step/create-step';
import type { Measurement } from './step/measurement';
import { createTaskBatches, createTaskData, datasetOf, fixedBatches, trainingDraws } from './task-data';
import { tasksOf } from './tasks';

/**
 * Trains one network for several tasks with one way of weighing their losses, and measures every task on the test images
 * against a network that was trained for it alone.
 */
export default defineRun(card, async function* (spec, context) {
  const { rng, data: source, signal } = context;
  const { trainExamples, validationExamples, testExamples } = spec;
  const portion = { train: trainExamples + validationExamples, test: testExamples };
  const dataset = yield* loadDataset(source, datasetOf(spec), portion, signal);
  const held = new HeldResources();

  try {
    const data = held.hold(createTaskData(spec, dataset));
    const batches = held.hold(createTaskBatches(spec, dataset, data.train));
    const validationBatches = held.hold(createTaskBatches(spec, dataset, data.validation));
    const testBatches = held.hold(createTaskBatches(spec, dataset, data.test));
    const { tasks } = batches;
    const infos = tasksOf(spec.tasks);
    const single = spec.baselines ? yield* singleTaskModels(spec, tasks, dataset, data, context) : null;

    const model = createMultiTaskModel(modelShape(spec, batches, tasks), rng.fork('init'));
    held.hold(model.parameters);
    const step = held.hold(
      createTaskStep({
        spec,
        model,
        batches,
        draws: (at: tf.Tensor1D) => trainingDraws(rng, at),
        rng: rng.fork('weighting'),
      }),
    );
    const order = new EpochOrder(rng.fork('order'), data.train.count, spec.batch);
    const totalSteps = lengthOf(spec, order);
    const schedule = scheduleOf(spec, spec.learningRate, totalSteps);
    const quarter = Math.max(1, Math.round(totalSteps / 4));
    const epochOf = (at: number) => Math.floor((at - 1) / order.stepsPerEpoch);
    /** Values of the tasks, each under its own name in the family. */
    const members = <F extends string>(family: F, values: ArrayLike<number | null>) =>
      Object.fromEntries(
        Array.from(values).flatMap((value, k) => {
          const id = tasks[k]?.id;
          return value === null || id === undefined ? [] : [[`${family}.${id}`, value]];
        }),
      ) as Record<`${F}.${string}`, number>;

    /** Metrics in the units that they are shown in: angles come in parts of the largest. */
    const inUnits = (metrics: readonly number[]) =>
      metrics.map((value, k) => (tasks[k]?.loss === 'l1' ? value * spec.maxAngle : value));

    const measure = async function* (split: 'validation' | 'test') {
      const [{ count }, made] =
        split === 'test' ? [data.test, testBatches] : [data.validation, validationBatches];
      const found = yield* evaluateTasks(count, fixedBatches(made, split), model, tasks, signal);
      const metrics = tasks.map(({ id }) => found.get(id)?.metric ?? NaN);
      const errors = tasks.map(({ id, loss }, k) =>
        loss === 'cross-entropy' ? 1 - (metrics[k] ?? NaN) : (found.get(id)?.errorRate ?? null),
      );
      const compared =
        single &&
        deltaM(
          metrics.map((model, k) => [
            { model, baseline: single[k]?.[split] ?? NaN, better: infos[k]?.metric.better ?? 'higher' },
          ]),
        );
      return { metrics, errors: errors.filter((error) => error !== null), compared };
    };

    return yield* runTraining(
      {
        step,
        state: { parameters: model.parameters, optimizer: step.state },
        vectors: ['losses', 'weights'],
        totalSteps,
        evalEvery: spec.evalEvery,
        evaluatesAt: (at) => single !== null && at === quarter,
        reportsBefore: (at) => step.needsReport(at, epochOf(at)),
        inputsAt: (at) =>
          step.inputsAt(at, {
            indices: Int32Array.from(order.batchOf(at - 1)),
            epoch: epochOf(at),
            learningRate: learningRateAt(at - 1, schedule),
          }),
        scalarsOf(at, { loss, gradientNorm, nonFinite }, { losses, weights }) {
          step.observe(at, losses);
          requireFinite(at, { loss, nonFinite }, (number) => step.parameterName(number));
          const measurement = step.takeMeasurement(at);
          return {
            trainLoss: loss,
            gradientNorm,
            learningRate: learningRateAt(at - 1, schedule),
            ...members('loss', losses),
            ...members('weight', weights),
            ...(measurement && {
              ...known('measurementTime', step.measurementMs),
              ...similarityValues(measurement.between),
              ...members('gradient', measurement.gradient.heads),
              'gradient.trunk': measurement.gradient.trunk,
              ...members('update', measurement.update.heads),
              'update.trunk': measurement.update.trunk,
            }),
            ...(at === 1 && single && members('single', inUnits(single.map(({ test }) => test)))),
          };
        },
        async *evaluate(at) {
          const { metrics, errors, compared } = yield* measure('test');
          const validation = single !== null && at === quarter ? yield* measure('validation') : null;
          return {
            ...members('task', inUnits(metrics)),
            ...(compared && {
              ...members('taskDelta', compared.perTask.map(asFraction)),
              ...known('deltaM', asFraction(compared.total)),
            }),
            ...(validation?.compared && known('quarterDeltaM', asFraction(validation.compared.total))),
            ...(errors.length === tasks.length && { averageError: mean(errors) }),
          };
        },
        facts: () => ({
          totalSteps,
          batchSize: spec.batch,
          epochExamples: order.stepsPerEpoch * spec.batch,
          orderDigest: order.digest,
          parameters: model.parameters.count,
          flopsPerImage: model.flopsPerImage,
          flopsPerStep: step.flopsPerImage * spec.batch,
          dataDigest: dataset.digest,
          initDigest: model.parameters.initDigest,
          details: {
            Tasks: infos.map(({ label }) => label).join(', '),
            ...step.describe(),
            ...(single && { 'Single-task models': singleTaskWords(single) }),
            'Training images': `${data.train.count}`,
            'Validation images': `${data.validation.count}`,
            'Test images': `${data.test.count}`,
          },
        }),
      },
      context,
    );
  } finally {
    held.dispose();
  }
});

const asFraction = (percent: number | null): number | null => (percent === null ? null : percent / 100);

/** How gradients stood to each other, without what none of them had a value for. */
const similarityValues = ({ tasks, samples }: Measurement['between']) => ({
  ...known('taskCosine', tasks.cosine),
  ...known('sampleCosine', samples.cosine),
  ...known('taskMagnitude', tasks.magnitude),
  ...known('sampleMagnitude', samples.magnitude),
  ...known('taskConflicts', tasks.conflicts),
  ...known('sampleConflicts', samples.conflicts),
  ...known('taskOpposite', tasks.opposite),
  ...known('sampleOpposite', samples.opposite),
});

const known = <M extends string>(metric: M, value: number | null): Partial<Record<M, number>> =>
  value === null ? {} : ({ [metric]: value } as Record<M, number>);
