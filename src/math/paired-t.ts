import { mean, standardDeviation } from './interval';
import { tCritical, tTwoSided } from './student-t';

/** Differences closer than this share of the largest one are equal: what tells them apart is rounding. */
const ROUNDING = 1e-9;

/** A t-test on differences of pairs. */
export interface PairedT {
  /** Pairs. */
  n: number;
  mean: number;
  /** Sample standard deviation s of the differences. */
  deviation: number;
  t: number;
  df: number;
  /** Two-sided, of a true mean difference that is the tested one. */
  p: number;
}

/**
 * Student's t-test on paired differences, t = (d̄ − δ) ∕ (s ∕ √n) with n − 1 degrees of freedom ("The Probable Error of a
 * Mean", Biometrika 6, 1908). Null of fewer than two differences, of some that are not finite, and of equal ones: they
 * leave no spread to judge by, and a metric counted in few steps makes two differences equal by chance.
 * @param centre δ, the mean difference that is tested
 */
export function pairedT(differences: readonly number[], centre = 0): PairedT | null {
  const deviation = standardDeviation(differences);
  if (deviation === null || !differences.every(Number.isFinite)) return null;
  const span = Math.max(...differences) - Math.min(...differences);
  if (span <= ROUNDING * Math.max(...differences.map(Math.abs))) return null;
  const [n, average] = [differences.length, mean(differences)];
  const t = (average - centre) / (deviation / Math.sqrt(n));
  return { n, mean: average, deviation, t, df: n - 1, p: tTwoSided(t, n - 1) };
}

/**
 * Ends of the two-sided t-interval of the mean difference, d̄ ∓ t_{n−1} s ∕ √n: it holds the true mean in a share 1 − `tail`
 * of cases where the differences are independent and normal. It leaves out δ exactly where the test of δ has p < `tail`.
 */
export function tInterval(
  { n, mean, deviation, df }: PairedT,
  tail: number,
): readonly [low: number, high: number] {
  const half = (tCritical(tail, df) * deviation) / Math.sqrt(n);
  return [mean - half, mean + half];
}

/**
 * How many pairs it takes, with mean and spread as they are, until half the width of the interval, t_{n−1} s ∕ √n, is less
 * than the mean's distance from `centre`, so that the interval leaves it out. A plan, no promise: mean and spread will move.
 * @param most Infinity beyond this many
 */
export function pairsNeeded(
  { n, mean, deviation }: Pick<PairedT, 'n' | 'mean' | 'deviation'>,
  { centre, tail, most }: { centre: number; tail: number; most: number },
): number {
  for (let pairs = n; pairs <= most; pairs++)
    if (tTwoSided(((mean - centre) * Math.sqrt(pairs)) / deviation, pairs - 1) < tail) return pairs;
  return Infinity;
}
