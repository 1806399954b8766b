import * as tf from '@tensorflow/tfjs-core';
import { parametersWhere } from '../../../nn/parameter-groups';
import type { TaskSetting } from './setting';
import { sumOf } from './sum-of';

/** Which task each of a model's parameters belongs to. */
export interface ParameterOwners {
  /** Shared by all tasks. */
  trunk: ReadonlyMap<string, tf.Variable>;
  /** Of the heads. */
  heads: ReadonlyMap<string, tf.Variable>;
  /** Number of the task that alone trains this parameter of a head; null for those of the joint head. */
  ownerOf: (name: string) => number | null;
  /** Numbers of the tasks that have the joint head, which run fastest in each of its parameters. */
  joint: readonly number[];
}

export function ownersIn({ model, tasks }: Pick<TaskSetting, 'model' | 'tasks'>): ParameterOwners {
  const numbers = new Map(tasks.map(({ id }, k) => [id, k]));
  return {
    trunk: parametersWhere(model.parameters, (name) => model.isShared(name)),
    heads: parametersWhere(model.parameters, (name) => !model.isShared(name)),
    ownerOf: (name) => numbers.get(model.taskOf(name) ?? '') ?? null,
    joint: tasks.flatMap(({ loss }, k) => (loss === 'binary-cross-entropy' ? [k] : [])),
  };
}

/**
 * For every number in the heads, laid end to end, the number of the task that it belongs to: int32 `[numbers]`.
 */
export const ownersOfNumbers = ({ heads, ownerOf, joint }: ParameterOwners): Int32Array =>
  Int32Array.from(
    [...heads].flatMap(([name, { size }]) => {
      const owner = ownerOf(name);
      return Array.from({ length: size }, (_, at) => owner ?? joint[at % joint.length] ?? 0);
    }),
  );

/**
 * The gradients of the heads from those of each loss: a number in a head belongs to one task, and the losses of the others do
 * not depend on it.
 * @param each for every task by the variables' names, as `gradientsOfEach` gives them
 */
export const headGradients = (
  { heads, ownerOf }: ParameterOwners,
  each: readonly tf.NamedTensorMap[],
): Map<string, tf.Tensor> =>
  new Map(
    [...heads].map(([name, variable]) => {
      const owner = ownerOf(name);
      const found = each.flatMap((gradients, k) => {
        const gradient = gradients[variable.name];
        return gradient && (owner === null || owner === k) ? [gradient] : [];
      });
      return [name, sumOf(found)] as const;
    }),
  );

/** Gradients of the heads times a factor for each task, `[tasks]`. */
export const timesFactors = (
  { ownerOf, joint }: ParameterOwners,
  gradients: ReadonlyMap<string, tf.Tensor>,
  factors: tf.Tensor1D,
): Map<string, tf.Tensor> =>
  new Map(
    [...gradients].map(([name, gradient]) => {
      const owner = ownerOf(name);
      if (owner !== null) return [name, tf.mul(gradient, factorOf(factors, owner))] as const;
      const columns = tf.mul(
        tf.reshape(gradient, [-1, joint.length]),
        tf.gather(factors, tf.tensor1d([...joint], 'int32')),
      );
      return [name, tf.reshape(columns, gradient.shape)] as const;
    }),
  );

/** The factor of one task, `[1]`. */
export const factorOf = (factors: tf.Tensor1D, task: number): tf.Tensor1D => tf.slice(factors, task, 1);
