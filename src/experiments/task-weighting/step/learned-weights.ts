import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../../../math/rng';
import type { WeightingMethod } from '../../../methods/weighting/weighting-method';
import { Parameters } from '../../../nn/parameters';

/** The parameters that a method learns, UW's s for example. The name has no `.weight`: they do not decay. */
export const LEARNED = 'weighting.learned';

/**
 * The parameters of a method that learns, `[tasks]`; null of any other. They are apart from the network's, so that the digest
 * of what a run begins with does not tell one method from another.
 */
export function createLearned(
  method: WeightingMethod,
  tasks: number,
  rng: Rng,
): { parameters: Parameters; variable: tf.Variable<tf.Rank.R1> } | null {
  if (!method.learns) return null;
  const { learned } = method.initial(tasks);
  const parameters = new Parameters(rng);
  const variable = parameters.create(LEARNED, [tasks], (values) => {
    values.set(learned);
  });
  return { parameters, variable: variable as tf.Variable<tf.Rank.R1> };
}
