import * as tf from '@tensorflow/tfjs-core';
import type { LossWeighting } from '../weighting-method';

/**
 * Scalarization: the same weights in every step, wₖ ∕ Σⱼ wⱼ of the given ones, so that they sum to 1 (Kirchdorfer et al.
 * 2024, section 4.1).
 * @param given one weight per task, in any unit
 * @throws RangeError for a weight that is negative or not finite, when all are 0, and in a step with another number of tasks.
 */
export function scalarization(given: readonly number[]): LossWeighting {
  const sum = given.reduce((total, weight) => total + weight, 0);
  if (!given.every((weight) => weight >= 0) || !(sum > 0 && sum < Infinity))
    throw new RangeError(
      `Scalarization takes weights from 0 on that are not all 0, got ${given.join(', ') || 'none'}`,
    );
  const weights = Float64Array.from(given, (weight) => weight / sum);
  return {
    reads: 'losses',
    learns: false,
    initial: () => ({}),
    weigh(losses, state) {
      if (losses.length !== weights.length)
        throw new RangeError(`Scalarization has ${weights.length} weights and got ${losses.length} losses`);
      return { weights: weights.slice(), state };
    },
    onDevice: { weights: () => tf.tensor1d(Float32Array.from(weights)) },
  };
}
