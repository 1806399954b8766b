import { EPSILON, requireLosses } from '../losses';
import { softmax } from '../softmax';
import type { LossWeighting } from '../weighting-method';

/** Means of the losses so far. An epoch that is not there yet has an empty array. */
export type DwaState = Readonly<{
  /** The epoch that is being averaged, `[1]`. */
  epoch: Float64Array;
  /** Steps in it so far, `[1]`. */
  steps: Float64Array;
  /** Sums of its losses so far, `[tasks]`. */
  sums: Float64Array;
  /** Mean losses of the epoch before, L̄(t − 1), `[tasks]`. */
  last: Float64Array;
  /** Mean losses of the one before that, L̄(t − 2), `[tasks]`. */
  lastButOne: Float64Array;
}>;

export interface DwaSettings {
  /** T, 2 unless told. Larger is flatter. */
  temperature?: number;
}

/**
 * Dynamic weight average (Liu, Johns & Davison 2019, equation 7): wₖ = K · softmaxₖ(rₖ ∕ T) with
 * rₖ = L̄ₖ(t − 1) ∕ L̄ₖ(t − 2), where L̄ₖ(t) is the mean loss of epoch t. A task whose loss falls more slowly weighs more.
 * Sums to K; 1 each in the first two epochs. The weights are those of the epochs before, whatever losses come with the step.
 *
 * Means of 0 are taken as 10⁻⁸, added to both, which the paper leaves open: a task that stays at 0 then has r = 1.
 * @throws RangeError for a T that is not positive, for negative losses, and in a step that goes back to an earlier epoch.
 */
export function dwa({ temperature = 2 }: DwaSettings = {}): LossWeighting<DwaState> {
  dwaWeights(Float64Array.of(1), Float64Array.of(1), temperature); // refuses a temperature before training, not after two epochs
  const none = new Float64Array(0);
  return {
    reads: 'losses',
    learns: false,
    initial: (tasks) => ({
      epoch: Float64Array.of(0),
      steps: Float64Array.of(0),
      sums: new Float64Array(tasks),
      last: none,
      lastButOne: none,
    }),
    weigh(losses, state, { epoch }) {
      requireLosses('DWA', losses, state.sums.length);
      const now = beginEpoch(state, epoch);
      const weights =
        now.lastButOne.length > 0
          ? dwaWeights(now.last, now.lastButOne, temperature)
          : new Float64Array(losses.length).fill(1);
      const sums = now.sums.map((sum, k) => sum + (losses[k] ?? NaN));
      return { weights, state: { ...now, steps: now.steps.map((steps) => steps + 1), sums } };
    },
  };
}

/**
 * The weights for two epochs' mean losses.
 * @param last L̄(t − 1), `[tasks]`
 * @param lastButOne L̄(t − 2), `[tasks]`
 */
export function dwaWeights(last: Float64Array, lastButOne: Float64Array, temperature: number): Float64Array {
  const rates = last.map((mean, k) => (mean + EPSILON) / ((lastButOne[k] ?? NaN) + EPSILON));
  return softmax(rates, temperature).map((share) => share * last.length);
}

/** The state at the first step of an epoch; unchanged within one. */
function beginEpoch(state: DwaState, epoch: number): DwaState {
  const [current = NaN] = state.epoch;
  const [steps = NaN] = state.steps;
  if (!(epoch >= current)) throw new RangeError(`DWA is in epoch ${current} and cannot go back to ${epoch}`);
  if (epoch === current) return state;
  const begun = { epoch: Float64Array.of(epoch), steps: Float64Array.of(0), sums: state.sums.map(() => 0) };
  if (steps === 0) return { ...state, ...begun }; // nothing to average
  return { ...begun, last: state.sums.map((sum) => sum / steps), lastButOne: state.last };
}
