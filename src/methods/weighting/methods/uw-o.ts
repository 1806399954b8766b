import * as tf from '@tensorflow/tfjs-core';
import { divisorOf } from '../divisor';
import { inverseOf, requireLosses, type InverseSettings } from '../losses';
import type { LossWeighting } from '../weighting-method';

/**
 * UW-O, the optimum of uncertainty weighting for the batch at hand: wₖ = 1 ∕ (sg[Lₖ] + ε), for every kind of loss
 * (Kirchdorfer et al. 2024, equations 2 and 3, unified in appendix A.1). The step has the gradient of Σₖ log Lₖ and does not
 * change when a loss is multiplied by a constant. The weighted loss is K in every step, so there is nothing to see in it.
 *
 * At a loss of 0 the weight is 1/ε = 10⁸, or 1 ∕ floor with a clamp.
 * @throws RangeError for negative losses and for a negative floor or ε.
 */
export function uwO(settings: InverseSettings = {}): LossWeighting {
  inverseOf(new Float64Array(0), settings); // refuses a wrong setting before training
  return {
    reads: 'losses',
    learns: false,
    initial: () => ({}),
    weigh(losses, state) {
      requireLosses('UW-O', losses);
      return { weights: inverseOf(losses, settings), state };
    },
    onDevice: { weights: (losses) => tf.tidy(() => tf.div<tf.Tensor1D>(1, divisorOf(losses, settings))) },
  };
}
