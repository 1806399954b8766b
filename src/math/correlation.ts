import studentCdf from '@stdlib/stats-base-dists-t-cdf';

/** A correlation of two columns. */
export interface Correlation {
  /** In [−1, 1]; NaN where it is not defined: fewer than three pairs, a constant column or a number that is not finite. */
  coefficient: number;
  /** Probability of a coefficient at least as far from 0 were the two unrelated; NaN where the coefficient is. */
  p: number;
  /** Pairs. */
  n: number;
}

type Column = ArrayLike<number>;

/**
 * Pearson's r = Σ (xᵢ − x̄)(yᵢ − ȳ) / √(Σ (xᵢ − x̄)² Σ (yᵢ − ȳ)²). The p-value is two-sided: t = r √((n − 2) / (1 − r²))
 * follows Student's distribution with n − 2 degrees of freedom where x and y are independent and normal.
 * @throws RangeError unless the columns are equally long.
 */
export function pearson(x: Column, y: Column): Correlation {
  const n = x.length;
  if (y.length !== n) throw new RangeError(`Columns of ${n} and ${y.length} values cannot be correlated`);
  if (n < 3) return { coefficient: NaN, p: NaN, n };
  const [a, b] = [unit(x), unit(y)];
  const product = a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
  // Rounding may carry it a little beyond ±1. Math.min and Math.max keep NaN.
  const coefficient = Math.max(-1, Math.min(1, product));
  return { coefficient, p: twoSided(a, b, coefficient), n };
}

/**
 * Spearman's ρ: Pearson's r of the ranks, where equal values share the mean of their ranks. Its p-value takes t as for r,
 * which is an approximation that is good from about n = 10.
 * @throws RangeError unless the columns are equally long.
 */
export function spearman(x: Column, y: Column): Correlation {
  return pearson(ranks(x), ranks(y));
}

/** Ranks from 1, equal values sharing the mean of theirs; all NaN where any value is. */
export function ranks(values: Column): Float64Array {
  const column = Float64Array.from(values);
  if (column.some(Number.isNaN)) return column.fill(NaN);
  const order = Array.from(column.keys()).sort((i, j) => compare(column[i] ?? NaN, column[j] ?? NaN));
  const at = (position: number) => column[order[position] ?? -1];
  const result = new Float64Array(column.length);
  for (let first = 0, end = 0; first < order.length; first = end) {
    while (end < order.length && at(end) === at(first)) end++;
    for (const index of order.slice(first, end)) result[index] = (first + 1 + end) / 2;
  }
  return result;
}

/** Not a difference: that of two infinities is NaN. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** A column of mean 0 and length 1; NaN where it is constant or not finite. */
function unit(values: Column): Float64Array {
  const column = Float64Array.from(values);
  if (column.every((value) => value === column[0])) return column.fill(NaN);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const centred = column.map((value) => value - mean);
  // Scaled first, so that squares neither overflow nor vanish.
  const largest = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scaled = centred.map((value) => value / largest);
  const length = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return scaled.map((value) => value / length);
}

/** P(|T| ≥ |t|) for r of two columns of length 1. */
function twoSided(a: Float64Array, b: Float64Array, r: number): number {
  if (Number.isNaN(r)) return NaN;
  // 1 − |r| is half the squared distance of the columns, or of one to the other's mirror image. Taken so it keeps its
  // digits near |r| = 1, where subtraction has none left.
  const sign = Math.sign(r);
  const distance = a.reduce((sum, value, i) => sum + (value - sign * (b[i] ?? NaN)) ** 2, 0) / 2;
  const degrees = a.length - 2;
  const t = Math.abs(r) * Math.sqrt(degrees / (distance * (2 - distance)));
  // The lower tail itself: one minus the upper would lose every small p-value.
  return Math.min(1, Math.max(0, 2 * studentCdf(-t, degrees)));
}
