import * as tf from '@tensorflow/tfjs-core';
import { requireLosses } from '../losses';
import { requireLearned, type LearnedLossWeighting, type LearnedState } from '../weighting-method';

/**
 * IMTL-L, the loss balance of impartial multi-task learning (Liu et al. 2021), with sₖ learned, 0 at first:
 *
 *     objective = Σₖ [exp(sₖ) Lₖ − sₖ]      wₖ = exp sₖ      ∂ ∕ ∂sₖ = exp(sₖ) Lₖ − 1
 *
 * It rests at wₖ = 1 ∕ Lₖ, the weights of UW-O. It is not LibMTL's IMTL, which balances the gradients as well (IMTL-G). sₖ
 * goes through the network's optimizer at its learning rate and does not decay.
 * @throws RangeError for negative losses, whose objective has no minimum.
 */
export const imtlL: LearnedLossWeighting<LearnedState> = {
  reads: 'losses',
  learns: true,
  initial: (tasks) => ({ learned: new Float64Array(tasks) }),
  weigh(losses, state) {
    const s = state.learned;
    requireLosses('IMTL-L', losses, s.length);
    const weights = s.map((value) => Math.exp(value));
    const weighted = losses.map((loss, k) => (weights[k] ?? NaN) * loss);
    return {
      weights,
      state,
      objective: weighted.reduce((sum, value, k) => sum + value - (s[k] ?? NaN), 0),
      gradient: weighted.map((value) => value - 1),
    };
  },
  onDevice: {
    weights: (_, at) => tf.exp(requireLearned('IMTL-L', at)),
    gradient: (losses, learned) => tf.tidy(() => tf.sub(tf.mul(tf.exp(learned), losses), 1)),
  },
};
