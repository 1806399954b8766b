import { gramianFrom, lengthsOf, product, requireGramian, type Gramian } from '../gramian';
import { EPSILON, requireLosses } from '../losses';
import { minNormPoint } from '../min-norm-point';
import type { GradientWeighting } from '../weighting-method';

/** What each gradient is divided by before the shortest sum is looked for: 1, |gₖ|, Lₖ or Lₖ |gₖ|. */
export type MgdaNormaliser = 'none' | 'l2' | 'loss' | 'loss+';

export interface MgdaSettings {
  /** `none` unless told. */
  normaliser?: MgdaNormaliser;
}

/**
 * MGDA, the multiple-gradient descent algorithm (Désidéri 2012; Sener & Koltun 2018, equation 3): the weights of the shortest
 * vector in the convex hull of the gradients, argmin |Σₖ wₖ gₖ|² over wₖ ≥ 0, Σₖ wₖ = 1. A step along it makes no loss
 * grow, and it is 0 where no step could (`minNormPoint` says how exactly).
 *
 * With a normaliser the shortest vector is that of gₖ ∕ nₖ, and its weights are then used for the gradients as they are, as in
 * Sener and Koltun's program; LibMTL goes along the normalised ones. A gradient or a loss of 0 is not divided by.
 * @throws RangeError unless there are as many losses as gradients; for negative losses when they normalise.
 */
export function mgda({ normaliser = 'none' }: MgdaSettings = {}): GradientWeighting {
  return {
    reads: 'gradients',
    learns: false,
    initial: () => ({}),
    weigh(losses, state, { gramian }) {
      requireGramian('MGDA', gramian, losses);
      return { weights: minNormPoint(normalised(gramian, losses, normaliser)), state };
    },
  };
}

function normalised(gramian: Gramian, losses: Float64Array, normaliser: MgdaNormaliser): Gramian {
  if (normaliser === 'none') return gramian;
  const lengths = lengthsOf(gramian);
  if (normaliser !== 'l2') requireLosses('MGDA', losses);
  const divisors = losses.map((loss, k) => {
    const length = (lengths[k] ?? NaN) || 1;
    return normaliser === 'l2' ? length : (loss + EPSILON) * (normaliser === 'loss+' ? length : 1);
  });
  const places = Array.from(gramian.products.keys());
  return gramianFrom(
    places.map((place) => {
      const [i, j] = [Math.floor(place / gramian.tasks), place % gramian.tasks];
      // One after the other: the product of two small lengths could vanish.
      return product(gramian, i, j) / (divisors[i] ?? NaN) / (divisors[j] ?? NaN);
    }),
  );
}
