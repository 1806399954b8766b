import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../math/rng';
import type { MultiTask, MultiTaskBatch } from './multi-task-batches';
import { createHeads, groupOf } from './multi-task-heads';
import { taskLosses, type TaskOutputs } from './multi-task-losses';
import { createTrunk, type TrunkShape } from './multi-task-trunk';
import { Parameters } from './parameters';

export interface MultiTaskShape extends TrunkShape {
  /** ReLUs of the hidden layer that each head has; 0 for linear heads. */
  headWidth: number;
  /** One or more. */
  tasks: readonly MultiTask[];
}

/** A network with hard sharing: one trunk for all tasks and a head for each. */
export interface MultiTaskModel {
  /** `trunk.*` and `head.<group>.*`. */
  parameters: Parameters;
  /** Whether all tasks train this parameter: whether it belongs to the trunk. */
  isShared(name: string): boolean;
  /** Id of the one task that trains this parameter; null for the trunk's and those of a head of several binary tasks. */
  taskOf(name: string): string | null;
  /** Multiply-accumulates of one image's forward pass; biases, pooling and the like count for nothing. */
  flopsPerImage: number;
  /**
   * Outputs by task, those of all binary tasks under `attributes`.
   * @param input `[batch, ...inputShape]`
   */
  forward(input: tf.Tensor): TaskOutputs;
  /** Mean losses over the batch, `[tasks]`, as `taskLosses` defines them. Differentiable once. */
  losses(batch: MultiTaskBatch<string>): tf.Tensor1D;
}

/**
 * A network for these tasks. With one task it is the single-task network that multi-task ones are compared with: the trunk and
 * the task's head then start from the same values.
 * @throws RangeError when there is no task, for an input that the trunk does not take, and for a size that is none.
 */
export function createMultiTaskModel(shape: MultiTaskShape, rng: Rng): MultiTaskModel {
  const { tasks, width, headWidth } = shape;
  if (tasks.length === 0) throw new RangeError('A network is for one task or more, and there is none');
  const parameters = new Parameters(rng);
  const trunk = createTrunk(parameters, shape);
  const heads = createHeads(parameters, { width, headWidth, tasks });
  const owners = heads.map(({ group }): [string, string | null] => {
    const [first, ...others] = tasks.filter((task) => groupOf(task) === group);
    return [`head.${group}.`, others.length === 0 ? (first?.id ?? null) : null];
  });

  const forward = (input: tf.Tensor): TaskOutputs => {
    const features = trunk.features(input);
    return new Map(heads.map(({ group, outputs }) => [group, outputs(features)]));
  };

  return {
    parameters,
    isShared: (name) => name.startsWith('trunk.'),
    taskOf: (name) => owners.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null,
    flopsPerImage: heads.reduce((sum, { flops }) => sum + flops, trunk.flops),
    forward,
    losses: (batch) => taskLosses(forward(batch.input), batch, tasks),
  };
}
