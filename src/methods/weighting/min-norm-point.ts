import { lengthsOf, product, productsWith, type Gramian } from './gramian';

/** How far from the conditions of a shortest vector a result may be, as a share of the lengths it is made of. */
export const MIN_NORM_TOLERANCE = 1e-10;

/** Pivots are not taken smaller: what is less, of 1, is rounding. */
const SMALLEST_PIVOT = 1e-13;

/**
 * Coefficients α of the shortest vector x = Σₖ αₖ gₖ with αₖ ≥ 0, Σₖ αₖ = 1, `[tasks]`. For two gradients
 * by the formula (Sener & Koltun 2018, algorithm 1), for more by Wolfe's algorithm (1976), which ends after finitely many
 * steps. It stops when gⱼ·x ≥ |x|² − tolerance · (|gⱼ| + |x|) · Σₖ αₖ |gₖ| for every j; at the minimum that holds with a
 * tolerance of 0. Where rounding lets it get no closer, it stops at the best it has.
 *
 * x is unique, α is not where gradients depend on each other. Where some are 0 those share the weight equally, so it is 1/K
 * where all are. NaN where the Gramian has any number that is not finite.
 */
export function minNormPoint(gramian: Gramian): Float64Array {
  const { tasks, products } = gramian;
  if (!products.every(Number.isFinite)) return new Float64Array(tasks).fill(NaN);
  const lengths = lengthsOf(gramian);
  const zeros = lengths.reduce((count, length) => count + (length === 0 ? 1 : 0), 0);
  if (zeros > 0) return lengths.map((length) => (length === 0 ? 1 / zeros : 0));
  return tasks === 2 ? ofTwo(gramian) : wolfe(gramian, lengths);
}

/** α₁ = (g₂ − g₁)·g₂ ∕ |g₁ − g₂|², cut to [0, 1]; a half each for equal gradients. */
function ofTwo(gramian: Gramian): Float64Array {
  const [first, mixed, second] = [product(gramian, 0, 0), product(gramian, 0, 1), product(gramian, 1, 1)];
  const [gap1, gap2] = [first - mixed, second - mixed];
  if (gap1 === 0 && gap2 === 0) return Float64Array.of(0.5, 0.5);
  if (gap1 <= 0) return Float64Array.of(1, 0);
  if (gap2 <= 0) return Float64Array.of(0, 1);
  return Float64Array.of(gap2 / (gap1 + gap2), gap1 / (gap1 + gap2));
}

/** Grows a set of tasks, the corral, by the one that shortens x most, and drops those that are then not needed. */
function wolfe(gramian: Gramian, lengths: Float64Array): Float64Array {
  const indices = Array.from(lengths.keys());
  const shortest = indices.reduce((best, k) => ((lengths[k] ?? NaN) < (lengths[best] ?? NaN) ? k : best), 0);
  let best: Float64Array = lengths.map((_, k) => (k === shortest ? 1 : 0));
  let corral = [shortest];
  let square = product(gramian, shortest, shortest);
  for (;;) {
    const joining = mostUseful(gramian, lengths, best, square);
    if (joining === null || corral.includes(joining)) return best;
    const [point, kept] = shortestWithin(gramian, lengths, best, [...corral, joining]);
    const shorter = dot(point, productsWith(gramian, point));
    if (!(shorter < square)) return best; // as close as rounding allows
    [best, corral, square] = [point, kept, shorter];
  }
}

/** The task whose gradient is furthest on the wrong side of the plane through x; null if none is beyond the tolerance. */
function mostUseful(
  gramian: Gramian,
  lengths: Float64Array,
  point: Float64Array,
  square: number,
): number | null {
  const along = productsWith(gramian, point);
  const scale = dot(point, lengths);
  const excess = along.map(
    (value, j) => (square - value) / ((lengths[j] ?? NaN) + Math.sqrt(Math.max(0, square))) / scale,
  );
  const most = excess.reduce((best, value, j) => (value > (excess[best] ?? NaN) ? j : best), 0);
  return (excess[most] ?? NaN) > MIN_NORM_TOLERANCE ? most : null;
}

/**
 * The shortest vector of a corral: goes towards the shortest of its plane, and where that lies outside, to the edge, and
 * on without those that are then 0.
 */
function shortestWithin(
  gramian: Gramian,
  lengths: Float64Array,
  from: Float64Array,
  members: number[],
): [point: Float64Array, corral: number[]] {
  let point = from;
  let corral = members;
  for (;;) {
    const goal = shortestOfPlane(gramian, lengths, corral);
    if (!goal.every(Number.isFinite)) return [from, members]; // no progress, which ends the search
    const outside = corral.filter((k) => !((goal[k] ?? NaN) > 0));
    if (outside.length === 0) return [goal, corral];
    const reach = (k: number) => (point[k] ?? NaN) / ((point[k] ?? NaN) - (goal[k] ?? NaN) || 1);
    const first = outside.reduce((nearest, k) => (reach(k) < reach(nearest) ? k : nearest));
    const step = reach(first);
    const current = point;
    point = current.map((value, k) =>
      k === first ? 0 : Math.max(0, value + step * ((goal[k] ?? NaN) - value)),
    );
    corral = corral.filter((k) => (point[k] ?? NaN) > 0 || (k !== first && !outside.includes(k)));
  }
}

/**
 * argmin |Σ αₖ gₖ|² over Σ αₖ = 1 for the tasks of a corral, `[tasks]`, 0 for the others. With cosines C and nₖ = 1 ∕ |gₖ|
 * it is αₖ ∝ nₖ yₖ, C y = n: gradients may be of any length. By Cholesky's L D Lᵀ.
 */
function shortestOfPlane(gramian: Gramian, lengths: Float64Array, corral: readonly number[]): Float64Array {
  const unit = Math.min(...corral.map((k) => lengths[k] ?? NaN));
  const inverse = corral.map((k) => unit / (lengths[k] ?? NaN));
  const cosines = corral.map((i) =>
    corral.map((j) => product(gramian, i, j) / (lengths[i] ?? NaN) / (lengths[j] ?? NaN)),
  );
  const y = solveSymmetric(cosines, inverse);
  const raw = y.map((value, k) => value * (inverse[k] ?? NaN));
  const sum = raw.reduce((total, value) => total + value, 0);
  const result = new Float64Array(gramian.tasks);
  for (const [place, k] of corral.entries()) result[k] = (raw[place] ?? NaN) / sum;
  return result;
}

/** y of C y = n for a symmetric, positive semidefinite matrix with a diagonal of 1. */
function solveSymmetric(matrix: readonly number[][], right: readonly number[]): number[] {
  const size = right.length;
  const at = (rows: readonly number[][], i: number, j: number) => rows[i]?.[j] ?? NaN;
  const lower: number[][] = matrix.map(() => []);
  const pivots: number[] = [];
  for (let i = 0; i < size; i++) {
    const row = lower[i] ?? [];
    for (let j = 0; j <= i; j++) {
      let rest = at(matrix, i, j);
      for (let m = 0; m < j; m++) rest -= at(lower, i, m) * at(lower, j, m) * (pivots[m] ?? NaN);
      if (j < i) row.push(rest / (pivots[j] ?? NaN));
      else pivots.push(Math.max(rest, SMALLEST_PIVOT));
    }
  }
  const y = [...right];
  for (let i = 0; i < size; i++)
    for (let m = 0; m < i; m++) y[i] = (y[i] ?? NaN) - at(lower, i, m) * (y[m] ?? NaN);
  for (let i = size - 1; i >= 0; i--) {
    y[i] = (y[i] ?? NaN) / (pivots[i] ?? NaN);
    for (let m = i + 1; m < size; m++) y[i] = (y[i] ?? NaN) - at(lower, m, i) * (y[m] ?? NaN);
  }
  return y;
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, k) => sum + value * (b[k] ?? NaN), 0);
