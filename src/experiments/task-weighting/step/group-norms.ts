import * as tf from '@tensorflow/tfjs-core';
import type { GroupNorms } from './measurement';
import type { ParameterOwners } from './parameter-owners';
import { sumOf } from './sum-of';

/**
 * Euclidean norms of what belongs to the trunk and to each task's head: `[1 + tasks]`, the trunk's first. Of a joint head, the
 * columns of the task.
 * @param tensors shaped as the parameters, by their names; parameters that it lacks count as 0
 * @param tasks how many
 */
export function groupNorms(
  { trunk, ownerOf, joint }: ParameterOwners,
  tensors: ReadonlyMap<string, tf.Tensor>,
  tasks: number,
): tf.Tensor1D {
  const squares: tf.Tensor[][] = Array.from({ length: 1 + tasks }, () => []);
  const add = (group: number, square: tf.Tensor) => void squares[group]?.push(square);
  for (const [name, tensor] of tensors) {
    const square = tf.square(tensor);
    const owner = ownerOf(name);
    if (trunk.has(name)) add(0, tf.sum(square));
    else if (owner !== null) add(1 + owner, tf.sum(square));
    else {
      const columns = tf.unstack(tf.sum(tf.reshape(square, [-1, joint.length]), 0));
      for (const [i, k] of joint.entries()) add(1 + k, columns[i] ?? tf.scalar(NaN));
    }
  }
  return tf.sqrt(
    tf.stack(squares.map((parts) => (parts.length > 0 ? sumOf(parts) : tf.scalar(0)))),
  ) as tf.Tensor1D;
}

/** The same once it was read back. */
export const normsFrom = ([trunk = NaN, ...heads]: readonly number[]): GroupNorms => ({ trunk, heads });
