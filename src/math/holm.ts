/** What Holm's procedure says of one of several hypotheses. */
export interface HolmStep {
  /** The smallest share of errors at which the hypothesis would be rejected. */
  adjusted: number;
  /** The share of errors was divided by this where the hypothesis was decided: p is held against alpha ∕ divisor. */
  divisor: number;
}

/**
 * Holm's step-down procedure ("A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics
 * 6, 1979): of m hypotheses the one with the smallest p is held against α ∕ m, the next one against α ∕ (m − 1), and so on until
 * one stands, and with it all that follow. A true one is rejected with a probability of at most α, however the tests
 * depend on each other. Adjusted: p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) p₍ⱼ₎), rejected where p̃ ≤ α.
 * @returns in the order of `pValues`
 */
export function holm(pValues: readonly number[], alpha: number): HolmStep[] {
  const m = pValues.length;
  const steps: HolmStep[] = pValues.map(() => ({ adjusted: 1, divisor: m }));
  let [adjusted, standsAt] = [0, NaN];
  const sorted = pValues.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  for (const [rank, { p, i }] of sorted.entries()) {
    adjusted = Math.max(adjusted, Math.min(1, (m - rank) * p));
    if (adjusted > alpha && Number.isNaN(standsAt)) standsAt = m - rank;
    steps[i] = { adjusted, divisor: Number.isNaN(standsAt) ? m - rank : standsAt };
  }
  return steps;
}
