import * as tf from '@tensorflow/tfjs-core';
import { heNormal } from './conv';
import { createLinear } from './linear';
import type { MultiTask } from './multi-task-batches';
import { glorotUniform, zeros, type Initializer, type Parameters } from './parameters';

/** The binary tasks together: they have one head and one tensor of targets. */
export const ATTRIBUTES = 'attributes';

/** Of a task or, for all binary tasks together, `ATTRIBUTES`. */
export type TaskGroup = string;

/** Whose outputs a task's are among. */
export const groupOf = ({ id, loss }: MultiTask): TaskGroup =>
  loss === 'binary-cross-entropy' ? ATTRIBUTES : id;

/** From features to what the losses are of. */
export interface Head {
  /** Its parameters are named `head.<group>.*`. */
  group: TaskGroup;
  /** Features `[batch, width]` → `[batch, outputs]`, for the binary tasks one column each. */
  outputs: (features: tf.Tensor2D) => tf.Tensor2D;
  /** Multiply-accumulates of one example. */
  flops: number;
}

/**
 * A head for every task, linear or with one hidden layer of `headWidth` ReLUs, and one for all binary tasks, which computes
 * theirs side by side: `head.attributes.weight` `[width, tasks]`. With a hidden layer each binary task has `headWidth`
 * features of its own: `head.attributes.hidden.weight` `[width, headWidth · tasks]`, the tasks running fastest.
 *
 * What belongs to a binary task starts from draws of `fork(task id)`, so that a network for it alone starts from the same.
 * @param headWidth 0 for linear heads
 */
export function createHeads(
  parameters: Parameters,
  { width, headWidth, tasks }: { width: number; headWidth: number; tasks: readonly MultiTask[] },
): Head[] {
  const groups = [...new Set(tasks.map(groupOf))];
  return groups.map((group) => {
    const members = tasks.filter((task) => groupOf(task) === group);
    const outputs = members.reduce((sum, task) => sum + task.outputs, 0);
    const shape = { group, width, headWidth, outputs };
    return group === ATTRIBUTES
      ? createJointHead(
          parameters,
          shape,
          members.map(({ id }) => id),
        )
      : createOwnHead(parameters, shape);
  });
}

interface HeadShape {
  group: TaskGroup;
  width: number;
  headWidth: number;
  outputs: number;
}

function createOwnHead(parameters: Parameters, { group, width, headWidth, outputs }: HeadShape): Head {
  const name = `head.${group}`;
  if (headWidth === 0) {
    const linear = createLinear(parameters, name, width, outputs);
    return { group, outputs: (features) => linear(features), flops: width * outputs };
  }
  const hidden = createLinear(parameters, `${name}.hidden`, width, headWidth, heNormal);
  const linear = createLinear(parameters, name, headWidth, outputs);
  return {
    group,
    outputs: (features) => linear(hidden(features, { activation: 'relu' })),
    flops: width * headWidth + headWidth * outputs,
  };
}

function createJointHead(
  parameters: Parameters,
  { group, width, headWidth }: HeadShape,
  ids: readonly string[],
): Head {
  const name = `head.${group}`;
  const count = ids.length;
  if (headWidth === 0) {
    const linear = createLinear(parameters, name, width, count, eachItsOwn(ids, glorotUniform));
    return { group, outputs: (features) => linear(features), flops: width * count };
  }
  const initialize = eachItsOwn(ids, heNormal);
  const hidden = createLinear(parameters, `${name}.hidden`, width, headWidth * count, initialize);
  const weight = parameters.create(`${name}.weight`, [headWidth, count], eachItsOwn(ids, glorotUniform));
  const bias = parameters.create(`${name}.bias`, [count], zeros);
  return {
    group,
    outputs(features) {
      const h = tf.reshape(hidden(features, { activation: 'relu' }), [-1, headWidth, count]);
      return tf.add(tf.sum(tf.mul(h, weight), 1), bias);
    },
    flops: (width + 1) * headWidth * count,
  };
}

/** Matrices of the tasks, each drawn from the fork of the task's id, laid into one `[in, out · tasks]`, tasks fastest. */
const eachItsOwn =
  (ids: readonly string[], initialize: Initializer): Initializer =>
  (values, [inputs = 0, columns = 0], rng) => {
    for (const [k, id] of ids.entries()) {
      const own = new Float32Array(values.length / ids.length);
      initialize(own, [inputs, columns / ids.length], rng.fork(id));
      for (const [i, value] of own.entries()) values[i * ids.length + k] = value;
    }
  };
