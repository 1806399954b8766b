import { lengthsOf, requireGramian } from '../gramian';
import { EPSILON, requireLosses } from '../losses';
import { softmax } from '../softmax';
import type { LearnedGradientWeighting } from '../weighting-method';

export type GradNormState = Readonly<{
  /** vₖ, `[tasks]`. */
  learned: Float64Array;
  /** Lₖ(0), `[tasks]`; empty before the first step. */
  first: Float64Array;
}>;

export interface GradNormSettings {
  /** α, 1.5 unless told: how hard tasks that train slowly are pushed. 0 makes all weighted gradients equally long. */
  alpha?: number;
}

/**
 * GradNorm (Chen et al. 2018, equations 1 and 2, algorithm 1), with v learned and equal for all tasks at first, as in LibMTL:
 *
 *     w = K softmax(v)      Gₖ = wₖ |gₖ|      rₖ = (Lₖ ∕ Lₖ(0)) ∕ meanⱼ (Lⱼ ∕ Lⱼ(0))
 *     objective = Σₖ |Gₖ − sg[meanⱼ Gⱼ · rₖ^α]|
 *     ∂ ∕ ∂vₖ = wₖ (eₖ − meanⱼ wⱼ eⱼ)   with eₖ = sign(Gₖ − target) |gₖ|
 *
 * Sums to K. L(0) are the losses of the first step, as in the paper; LibMTL takes the means of the first epoch. 10⁻⁸ is added to
 * both losses of a ratio. The paper trains w itself, at a rate of its own, and renormalises it; here v goes through the
 * network's optimizer.
 * @throws RangeError unless there are as many losses as gradients and as in the state; for negative losses.
 */
export function gradNorm({ alpha = 1.5 }: GradNormSettings = {}): LearnedGradientWeighting<GradNormState> {
  return {
    reads: 'gradients',
    learns: true,
    initial: (tasks) => ({ learned: new Float64Array(tasks), first: new Float64Array(0) }),
    weigh(losses, state, { gramian }) {
      requireLosses('GradNorm', losses, state.learned.length);
      requireGramian('GradNorm', gramian, losses);
      const first = state.first.length > 0 ? state.first : losses.slice();
      const weights = softmax(state.learned).map((share) => share * losses.length);
      const lengths = lengthsOf(gramian);
      const weighted = weights.map((weight, k) => weight * (lengths[k] ?? NaN));
      const target = gradNormTargets(weighted, losses, first, alpha);
      const beyond = weighted.map((length, k) => length - (target[k] ?? NaN));
      const errors = beyond.map((value, k) => Math.sign(value) * (lengths[k] ?? NaN));
      const centre = mean(errors.map((error, k) => error * (weights[k] ?? NaN)));
      return {
        weights,
        state: { learned: state.learned, first },
        objective: beyond.reduce((sum, value) => sum + Math.abs(value), 0),
        gradient: weights.map((weight, k) => weight * ((errors[k] ?? NaN) - centre)),
      };
    },
  };
}

/**
 * The lengths that the weighted gradients should have: their mean times rₖ^α, `[tasks]`.
 * @param weighted Gₖ = wₖ |gₖ|, `[tasks]`
 * @param first losses of the first step, `[tasks]`
 */
export function gradNormTargets(
  weighted: Float64Array,
  losses: Float64Array,
  first: Float64Array,
  alpha: number,
): Float64Array {
  const ratios = losses.map((loss, k) => (loss + EPSILON) / ((first[k] ?? NaN) + EPSILON));
  const [length, ratio] = [mean(weighted), mean(ratios)];
  return ratios.map((value) => length * (value / ratio) ** alpha);
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
