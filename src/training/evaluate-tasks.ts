import * as tf from '@tensorflow/tfjs-core';
import type { MultiTask, MultiTaskBatch } from '../nn/multi-task-batches';
import { ATTRIBUTES, groupOf } from '../nn/multi-task-heads';
import { scoredOf, taskLosses, type Scored } from '../nn/multi-task-losses';
import type { MultiTaskModel } from '../nn/multi-task-model';
import type { PhaseEvent } from '../run/events';

/** Examples that go through a model at once. */
const EVAL_BATCH = 250;

/** How well a model does one of its tasks on a split. */
export interface TaskEvaluation {
  /** Mean of the task's training loss. */
  loss: number;
  /**
   * - `cross-entropy`: accuracy in [0, 1]; below 32 classes the lower one wins a tie.
   * - `binary-cross-entropy`: balanced accuracy ½ (TPR + TNR), the shares of positives and of negatives that are told as such,
   *   positive where the logit is above 0. Where the split has none of one side, the share of the other alone.
   * - `l1`: mean absolute error in the target's unit. `l2`: mean squared error.
   */
  metric: number;
  /** Of binary tasks: share of examples told wrongly. */
  errorRate?: number;
}

/**
 * Loss and success of every task over a whole split, by task id, with progress. It draws nothing and changes nothing. Sums
 * over a batch are taken on the device and come back as a few numbers; sums of batches run in float64.
 * @param count examples of the split
 * @param batchOf indices of examples, int32 `[examples]` → the examples, always the same
 * @param model of these tasks
 * @param batchSize examples that go through it at once; it bounds memory and changes no result
 */
export async function* evaluateTasks(
  count: number,
  batchOf: (examples: tf.Tensor1D) => MultiTaskBatch<string>,
  model: Pick<MultiTaskModel, 'forward'>,
  tasks: readonly MultiTask[],
  signal: AbortSignal,
  batchSize = EVAL_BATCH,
): AsyncGenerator<PhaseEvent, Map<string, TaskEvaluation>, void> {
  const sums = new Float64Array(tasks.length * NUMBERS);
  for (let from = 0; from < count; from += batchSize) {
    yield { kind: 'phase', phase: 'evaluating', progress: { done: from, total: count, unit: 'examples' } };
    signal.throwIfAborted();
    const to = Math.min(from + batchSize, count);
    const packed = tf.tidy(() => {
      const batch = batchOf(tf.range(from, to, 1, 'int32'));
      return numbersOf(model, batch, tasks);
    });
    try {
      const values = await packed.data<'float32'>();
      // Of a batch come mean losses and counts.
      for (const [i, value] of values.entries())
        sums[i] = (sums[i] ?? NaN) + (i < tasks.length ? value * (to - from) : value);
    } finally {
      packed.dispose();
    }
  }
  const at = (number: number, k: number) => sums[number * tasks.length + k] ?? NaN;
  return new Map(
    tasks.map(({ id, loss }, k) => [
      id,
      evaluationOf(loss, count, {
        loss: at(0, k) / count,
        correct: at(1, k),
        truePositives: at(2, k),
        positives: at(3, k),
      }),
    ]),
  );
}

/** Numbers of each task that come of a batch. */
const NUMBERS = 4;

interface Counts {
  /** Mean over the split. */
  loss: number;
  /** Examples told rightly. */
  correct: number;
  /** Those of them that are positive. */
  truePositives: number;
  positives: number;
}

function evaluationOf(loss: MultiTask['loss'], count: number, counts: Counts): TaskEvaluation {
  if (loss === 'cross-entropy') return { loss: counts.loss, metric: counts.correct / count };
  if (loss !== 'binary-cross-entropy') return { loss: counts.loss, metric: counts.loss };
  const negatives = count - counts.positives;
  const shares = [
    [counts.truePositives, counts.positives],
    [counts.correct - counts.truePositives, negatives],
  ].flatMap(([right = NaN, all = NaN]) => (all === 0 ? [] : [right / all]));
  return {
    loss: counts.loss,
    metric: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    errorRate: 1 - counts.correct / count,
  };
}

/** Mean losses, examples told rightly, true positives and positives of a batch, one after the other: `[4 · tasks]`. */
function numbersOf(
  model: Pick<MultiTaskModel, 'forward'>,
  batch: MultiTaskBatch<string>,
  tasks: readonly MultiTask[],
): tf.Tensor1D {
  const outputs = model.forward(batch.input);
  const isBinary = (task: MultiTask) => groupOf(task) === ATTRIBUTES;
  const binary = tasks.filter(isBinary);
  const told = binary.length > 0 ? toldOf(scoredOf(ATTRIBUTES, outputs, batch)) : null;
  const losses = taskLosses(outputs, batch, tasks);
  if (told && binary.length === tasks.length) return tf.concat([losses, ...told]);
  const none = tf.zeros<tf.Rank.R1>([1]);
  const columns = tasks.map((task) => {
    if (told && isBinary(task)) return told.map((counts) => tf.slice(counts, binary.indexOf(task), 1));
    return task.loss === 'cross-entropy'
      ? [correctOf(scoredOf(task.id, outputs, batch)), none, none]
      : [none, none, none];
  });
  const rows = [0, 1, 2].flatMap((number) => columns.map((column) => column[number] ?? none));
  return tf.concat([losses, ...rows]);
}

/** Examples whose largest output is the target's: `[1]`. */
const correctOf = ({ outputs, targets }: Scored): tf.Tensor1D =>
  tf.sum(tf.cast(tf.equal(tf.argMax(outputs, 1), targets), 'float32'), 0, true);

/** Of each column: examples told rightly, true positives, positives. */
function toldOf({ outputs, targets }: Scored): tf.Tensor1D[] {
  const positive = tf.cast(tf.greater(outputs, 0), 'float32');
  return [tf.cast(tf.equal(positive, targets), 'float32'), tf.mul(positive, targets), targets].map((each) =>
    tf.sum<tf.Tensor1D>(each, 0),
  );
}
