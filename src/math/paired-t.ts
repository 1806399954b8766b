import { mean, standardDeviation } from './interval';

/** Differences closer than this share of the largest one are equal: what tells them apart is rounding. */
const ROUNDING = 1e-9;

/** Half as wide each time: no double needs more. */
const BISECTIONS = 200;

/**
 * P(|T| > |t|) for T of Student's distribution with a whole number ν of degrees of freedom, in closed form:
 * with θ = arctan(|t| ∕ √ν), 1 minus
 *   2∕π · (θ + sin θ · (cos θ + 2∕3 cos³ θ + … )), ν odd (without the product for ν = 1),
 *   sin θ · (1 + 1∕2 cos² θ + (1·3)∕(2·4) cos⁴ θ + …), ν even,
 * both sums up to cos^{ν−2} θ (Abramowitz and Stegun, 26.7.3 and 26.7.4). Its absolute error is that of rounding, about
 * 10⁻¹⁵, so that smaller probabilities are no more than that.
 */
export function tTwoSided(t: number, df: number): number {
  const theta = Math.atan(Math.abs(t) / Math.sqrt(df));
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = df % 2 === 1;
  let term = isOdd ? cos : 1;
  let total = df === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= df - 2; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    total += term;
  }
  const within = isOdd ? (2 / Math.PI) * (theta + sin * total) : sin * total;
  return Math.max(0, 1 - within);
}

/** The value that |T| exceeds with probability `tail`, of Student's distribution: `tTwoSided` turned round, by bisection. */
export function tCritical(tail: number, df: number): number {
  let [low, high] = [0, 1];
  while (tTwoSided(high, df) > tail) [low, high] = [high, 2 * high];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (tTwoSided(middle, df) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

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
