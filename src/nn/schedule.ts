/** How the learning rate runs over a training. */
export type Schedule = {
  /** Learning rate after the warm-up. */
  peak: number;
  /** Steps over which the rate rises linearly; at most the whole run. */
  warmup: number;
  totalSteps: number;
} & (
  | { kind: 'constant' | 'cosine' | 'linear' }
  | {
      kind: 'steps';
      /** Steps, counted from 0 and rising, from which on the rate is multiplied by `factor` once more. */
      milestones: readonly number[];
      factor: number;
    }
);

/**
 * Learning rate of step `step` (0-based). With W = min(warmup, totalSteps), the warm-up has peak · (step + 1) / W. After
 * it, with t = (step − W) / (totalSteps − W), which runs from 0 towards 1 at the end of training:
 *
 * - constant: peak
 * - cosine: peak · ½ (1 + cos(π t)) (Loshchilov and Hutter, "SGDR", 2017, equation 5, one period down to 0)
 * - linear: peak · (1 − t)
 * - steps: peak · factorᵏ, k the number of milestones ≤ step, as PyTorch's `MultiStepLR`
 */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { peak, warmup, totalSteps } = schedule;
  const rising = Math.min(warmup, totalSteps);
  if (step < rising) return (peak * (step + 1)) / rising;
  const t = (step - rising) / Math.max(1, totalSteps - rising);
  switch (schedule.kind) {
    case 'constant':
      return peak;
    case 'cosine':
      return peak * 0.5 * (1 + Math.cos(Math.PI * t));
    case 'linear':
      return peak * (1 - t);
    case 'steps':
      return peak * schedule.factor ** schedule.milestones.filter((milestone) => milestone <= step).length;
    default:
      return schedule satisfies never;
  }
}

/** Milestones at these fractions of the training, for papers that say "at 1/3 and 2/3". */
export const milestonesAt = (fractions: readonly number[], totalSteps: number): number[] =>
  fractions.map((fraction) => Math.round(fraction * totalSteps));

/** Milestones every `interval` steps, for papers that halve the rate every so many epochs. */
export const milestonesEvery = (interval: number, totalSteps: number): number[] =>
  Array.from({ length: Math.ceil(totalSteps / interval) - 1 }, (_, i) => (i + 1) * interval);
