import * as tf from '@tensorflow/tfjs-core';
import { requireLosses } from '../losses';
import { requireLearned, type LearnedLossWeighting, type LearnedState } from '../weighting-method';

export interface UwSettings {
  /** sₖ at the start, for all tasks or one each; −0.5 unless told, which is wₖ = 0.824361. */
  initial?: number | readonly number[];
}

/**
 * Uncertainty weighting (Kendall, Gal & Cipolla 2018) in the form that is used for every kind of loss (LibMTL; Kirchdorfer
 * et al. 2024, figure 1), with sₖ = log σₖ² learned:
 *
 *     objective = Σₖ [Lₖ ∕ (2 exp sₖ) + sₖ ∕ 2]      wₖ = 1 ∕ (2 exp sₖ)      ∂ ∕ ∂sₖ = ½ − Lₖ ∕ (2 exp sₖ)
 *
 * It rests at exp sₖ = Lₖ, where wₖ = 1 ∕ (2 Lₖ). sₖ goes through the network's optimizer at its learning rate and does
 * not decay. The objective may be negative.
 * @throws RangeError for negative losses, whose objective has no minimum, and for a start of another number of tasks.
 */
export function uw({ initial = -0.5 }: UwSettings = {}): LearnedLossWeighting<LearnedState> {
  return {
    reads: 'losses',
    learns: true,
    initial(tasks) {
      if (typeof initial === 'number') return { learned: new Float64Array(tasks).fill(initial) };
      if (initial.length !== tasks)
        throw new RangeError(`UW has ${initial.length} values to start from and ${tasks} tasks`);
      return { learned: Float64Array.from(initial) };
    },
    weigh(losses, state) {
      const s = state.learned;
      requireLosses('UW', losses, s.length);
      const weights = s.map((value) => 1 / (2 * Math.exp(value)));
      const weighted = losses.map((loss, k) => (weights[k] ?? NaN) * loss);
      return {
        weights,
        state,
        objective: weighted.reduce((sum, value, k) => sum + value + (s[k] ?? NaN) / 2, 0),
        gradient: weighted.map((value) => 0.5 - value),
      };
    },
    onDevice: {
      weights: (_, at) => weightsOf(requireLearned('UW', at)),
      gradient: (losses, learned) => tf.tidy(() => tf.sub(0.5, tf.mul(weightsOf(learned), losses))),
    },
  };
}

/** exp(−s) ∕ 2 as exp(−ln 2 − s), which is one launch less. */
const weightsOf = (s: tf.Tensor1D): tf.Tensor1D => tf.tidy(() => tf.exp(tf.sub<tf.Tensor1D>(-Math.LN2, s)));
