import * as tf from '@tensorflow/tfjs-core';
import { divisorOf } from '../divisor';
import { inverseOf, requireLosses, type InverseSettings } from '../losses';
import { softmax } from '../softmax';
import type { LossWeighting } from '../weighting-method';

export interface UwSoSettings extends InverseSettings {
  /** T > 0, in units of 1/L: larger is flatter. */
  temperature: number;
}

/**
 * UW-SO: the inverse losses through a softmax over the tasks, wₖ = exp(aₖ ∕ T) ∕ Σⱼ exp(aⱼ ∕ T) with
 * aₖ = 1 ∕ (sg[Lₖ] + ε) (Kirchdorfer et al. 2024, equation 4). Sums to 1; the lower a loss, the more weight; no factor K.
 * The gradient of the step is Σₖ wₖ ∇Lₖ and nothing else, as all of wₖ is detached: it comes from this batch alone.
 *
 * The weights are the same for losses c·Lₖ and T/c, but not when one loss is scaled. As a loss goes to 0, its a grows without
 * bound and it takes all the weight: `floor` clamps the losses from below, inside wₖ only.
 * @throws RangeError for a T that is not positive, for negative losses and for a negative floor or ε.
 */
export function uwSo({ temperature, ...inverse }: UwSoSettings): LossWeighting {
  softmax(inverseOf(new Float64Array(0), inverse), temperature); // refuses a wrong setting before training
  return {
    reads: 'losses',
    learns: false,
    initial: () => ({}),
    weigh(losses, state) {
      requireLosses('UW-SO', losses);
      return { weights: softmax(inverseOf(losses, inverse), temperature), state };
    },
    onDevice: {
      weights: (losses) =>
        tf.tidy(() => tf.softmax(tf.div<tf.Tensor1D>(1 / temperature, divisorOf(losses, inverse)))),
    },
  };
}

/**
 * Temperatures to try first on a new problem: 0.1, 0.25, 0.5, 1 and 2 times the largest aₖ.
 * @param losses at the end of a short run with equal weights, `[tasks]`
 */
export function temperaturesFor(losses: Float64Array): number[] {
  requireLosses('UW-SO', losses);
  const largest = Math.max(...inverseOf(losses));
  return [0.1, 0.25, 0.5, 1, 2].map((factor) => factor * largest);
}
