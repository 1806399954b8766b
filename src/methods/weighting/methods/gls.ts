import * as tf from '@tensorflow/tfjs-core';
import { divisorOf } from '../divisor';
import { EPSILON, inverseOf, requireLosses, type InverseSettings } from '../losses';
import type { LossWeighting } from '../weighting-method';

/**
 * Geometric loss strategy (Chennupati et al. 2019, MultiNet++): the loss is the geometric mean GM = (Πₖ Lₖ)^(1/K), whose
 * gradient is Σₖ wₖ ∇Lₖ with wₖ = GM ∕ (K Lₖ): that of UW-O times GM/K. GM is exp(meanₖ log Lₖ), as the product of
 * 40 losses leaves the range of numbers; Σₖ wₖ Lₖ = GM.
 *
 * ε = 10⁻⁸ is added to every loss, in the mean and in the weights, which the paper leaves open: a loss of 0 would otherwise
 * have an infinite weight and take that of all others.
 * @throws RangeError for negative losses.
 */
export function gls({ epsilon = EPSILON }: Pick<InverseSettings, 'epsilon'> = {}): LossWeighting {
  return {
    reads: 'losses',
    learns: false,
    initial: () => ({}),
    weigh(losses, state) {
      requireLosses('GLS', losses);
      const inverse = inverseOf(losses, { epsilon });
      const logarithms = losses.reduce((sum, loss) => sum + Math.log(loss + epsilon), 0);
      const factor = Math.exp(logarithms / losses.length) / losses.length; // GM ∕ K
      return { weights: inverse.map((value) => factor * value), state };
    },
    onDevice: {
      weights: (losses) =>
        tf.tidy(() => {
          const shifted = divisorOf(losses, { epsilon });
          const mean = tf.exp(tf.mean(tf.log(shifted)));
          return tf.div<tf.Tensor1D>(mean, tf.mul(shifted, losses.size));
        }),
    },
  };
}
