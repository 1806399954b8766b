export interface Schedule {
  kind: 'cosine' | 'constant';
  /** Learning rate after the warm-up. */
  peak: number;
  /** Steps over which the rate rises linearly; at most the whole run. */
  warmup: number;
  totalSteps: number;
}

/**
 * Learning rate of step `step` (0-based). Warm-up: peak · (step + 1) / warmup. Then constant, or
 * peak · ½ (1 + cos(π t)) with t running from 0 at the end of the warm-up to 1 at the end of training.
 */
export function learningRateAt(step: number, { kind, peak, warmup, totalSteps }: Schedule): number {
  const rising = Math.min(warmup, totalSteps);
  if (step < rising) return (peak * (step + 1)) / rising;
  if (kind === 'constant') return peak;
  const t = (step - rising) / Math.max(1, totalSteps - rising);
  return peak * 0.5 * (1 + Math.cos(Math.PI * t));
}
