import type { Rng } from '../../../math/rng';
import { EPSILON } from '../losses';
import { product, requireGramian, type Gramian } from '../gramian';
import type { GradientWeighting } from '../weighting-method';

export interface PcGradSettings {
  /** Added to |gⱼ|² where it divides; 10⁻⁸ unless told. It matters once gradients are shorter than about 10⁻³. */
  epsilon?: number;
}

/**
 * PCGrad, "gradient surgery" (Yu et al. 2020, algorithm 1): each gradient in turn gives up what it has against the others,
 *
 *     gᵢ ← gᵢ − (gᵢ·gⱼ) ∕ (|gⱼ|² + ε) · gⱼ⁰   where gᵢ·gⱼ⁰ < 0, for the other tasks j in random order,
 *
 * with gⱼ⁰ as it was at first, and the update is Σᵢ gᵢ. All gᵢ stay within the span of the gradients, so that the Gramian is
 * enough, and the update is Σₖ cₖ gₖ⁰ with the coefficients given here: 1 each without conflict, more in one. The losses are
 * not looked at.
 * @throws RangeError unless there are as many losses as gradients.
 */
export function pcGrad({ epsilon = EPSILON }: PcGradSettings = {}): GradientWeighting {
  return {
    reads: 'gradients',
    learns: false,
    initial: () => ({}),
    weigh(losses, state, { gramian, rng }) {
      requireGramian('PCGrad', gramian, losses);
      const weights = new Float64Array(losses.length);
      for (const [i] of losses.entries())
        for (const [k, coefficient] of projected(gramian, i, rng, epsilon).entries())
          weights[k] = (weights[k] ?? NaN) + coefficient;
      return { weights, state };
    },
  };
}

/** What becomes of gradient i, in terms of all the gradients, `[tasks]`. Draws one order of all tasks. */
function projected(gramian: Gramian, i: number, rng: Rng, epsilon: number): Float64Array {
  const order = rng.permutation(gramian.tasks);
  const coefficients = new Float64Array(gramian.tasks);
  coefficients[i] = 1;
  const dots = Float64Array.from(order, (_, m) => product(gramian, i, m)); // of the gradient as it is now with each gₘ⁰
  for (const j of order) {
    const dot = dots[j] ?? NaN;
    const square = product(gramian, j, j) + epsilon;
    // In this form NaN counts as a conflict and so gets through to the coefficients.
    if (j === i || dot >= 0 || square <= 0) continue;
    const share = dot / square;
    coefficients[j] = (coefficients[j] ?? NaN) - share;
    for (const [m, value] of dots.entries()) dots[m] = value - share * product(gramian, j, m);
  }
  return coefficients;
}
