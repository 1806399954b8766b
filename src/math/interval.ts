import { tCritical } from './student-t';

/** Arithmetic mean; NaN of no values. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation √(Σ(xᵢ − x̄)² ∕ (n − 1)); null of fewer than two values, which have none. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Half the width of the two-sided t-interval of the mean, t_{(1+level)/2, n−1} · s ∕ √n: if the values are independent
 * and normal, mean ± half covers the true mean with probability `level`. Null of fewer than two values.
 */
export function tHalfWidth(values: readonly number[], level: number): number | null {
  const deviation = standardDeviation(values);
  if (deviation === null) return null;
  return (tCritical(1 - level, values.length - 1) * deviation) / Math.sqrt(values.length);
}
