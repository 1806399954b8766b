import * as tf from '@tensorflow/tfjs-core';
import { sigmoidCrossEntropy } from '../kernels/sigmoid-cross-entropy/sigmoid-cross-entropy';
import { softmaxCrossEntropy } from '../kernels/softmax-cross-entropy/softmax-cross-entropy';
import type { MultiTask, MultiTaskBatch } from './multi-task-batches';
import { ATTRIBUTES, groupOf, type TaskGroup } from './multi-task-heads';

/** Outputs of the heads, `[batch, outputs]`, by task or group of tasks. */
export type TaskOutputs = ReadonlyMap<TaskGroup, tf.Tensor2D>;

/** What a loss is of. */
export interface Scored {
  /** `[batch, outputs]` */
  outputs: tf.Tensor2D;
  /** As the batch has them, `[batch]` or with a dimension or more besides. */
  targets: tf.Tensor;
}

/**
 * Outputs and targets of a task, or of the group it belongs to.
 * @throws Error when the model or the batch has none for it.
 */
export function scoredOf(
  group: TaskGroup,
  outputs: TaskOutputs,
  { targets }: MultiTaskBatch<string>,
): Scored {
  const [output, target] = [outputs.get(group), targets[group]];
  if (!output) throw new Error(`The model has no head for ${group}`);
  if (!target) throw new Error(`The batch has no targets for ${group}`);
  return { outputs: output, targets: target };
}

/**
 * The losses of all tasks, each a mean over the batch: `[tasks]`, in their order. Differentiable once, in the outputs.
 *
 * - `cross-entropy`: −log softmax(outputs)[target], targets int32 `[batch]`.
 * - `binary-cross-entropy`: of the task's column of logits and of targets 0 or 1, `[batch, binary tasks]`, in nats.
 * - `l1`, `l2`: |output − target| and (output − target)², means over the batch and all values of the target. Where they are
 *   equal, l1 has the slope −1, as tf.abs has.
 * @throws Error when outputs or targets of a task are missing; ShapeError, or tfjs's own, where they do not go together.
 */
export function taskLosses(
  outputs: TaskOutputs,
  batch: MultiTaskBatch<string>,
  tasks: readonly MultiTask[],
): tf.Tensor1D {
  const binary = tasks.filter((task) => groupOf(task) === ATTRIBUTES);
  const joint = binary.length > 0 ? binaryLosses(scoredOf(ATTRIBUTES, outputs, batch)) : null;
  if (joint && binary.length === tasks.length) return joint;
  const losses = tasks.map((task) => {
    if (task.loss !== 'binary-cross-entropy') return ownLoss[task.loss](scoredOf(task.id, outputs, batch));
    if (!joint) throw new Error(`No loss for ${task.id}`);
    return tf.reshape<tf.Rank.R0>(tf.slice(joint, binary.indexOf(task), 1), []);
  });
  return tf.stack(losses) as tf.Tensor1D;
}

const binaryLosses = ({ outputs, targets }: Scored): tf.Tensor1D =>
  sigmoidCrossEntropy(outputs, targets as tf.Tensor2D);

const ownLoss: Record<Exclude<MultiTask['loss'], 'binary-cross-entropy'>, (scored: Scored) => tf.Scalar> = {
  'cross-entropy': ({ outputs, targets }) => softmaxCrossEntropy(outputs, targets, { reduction: 'mean' }),
  l1: (scored) => meanOf(scored, tf.abs, (difference) => tf.step(difference, -1), 1),
  l2: (scored) => meanOf(scored, tf.square, (difference) => difference, 2),
};

/**
 * Mean of f(outputs − targets), with the gradient factor · slope(outputs − targets) ∕ values in fewer passes over the values than
 * tfjs takes.
 */
function meanOf(
  { outputs, targets }: Scored,
  f: (difference: tf.Tensor) => tf.Tensor,
  slope: (difference: tf.Tensor) => tf.Tensor,
  factor: number,
): tf.Scalar {
  const loss = tf.customGrad((x, save) => {
    const output = x as tf.Tensor;
    const difference = tf.sub(output, tf.reshape(targets, output.shape));
    (save as tf.GradSaveFunc)([difference]);
    return {
      value: tf.mean<tf.Scalar>(f(difference)),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
        tf.mul(slope(saved as tf.Tensor), tf.mul(dy, factor / output.size)),
    };
  });
  return loss(outputs);
}
