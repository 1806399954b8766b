import { Matrix } from 'ml-matrix';
import { largestEigenpairs } from '../../math/symmetric-eigen';
import type { CentredMeans, ClassScatter } from './class-statistics';

/** Eigenvalues of Σ_B below this share of the largest are rounding: squares of numbers that float32 holds to 7 digits. */
export const EIGENVALUE_NOISE = 1e-13;

/** NC1: variability within the classes over that between them, direction by direction. */
export interface WithinOverBetween {
  /** tr(Σ_W Σ_B⁺), as the notebook of Papyan, Han and Donoho (PNAS 2020) prints it. */
  trace: number;
  /** tr(Σ_W Σ_B⁺) / C, as in the text of that paper and in Tirer, Huang and Niles-Weed (2210.16658, sections 3 and 5). */
  perClass: number;
  /** The eigenvalues of Σ_B that were inverted, largest first `[min(C − 1, width)]`. */
  eigenvalues: Float64Array;
}

/**
 * NC1 = tr(Σ_W Σ_B⁺), Σ_B = Σ_c π_c (μ_c − μ_G)(μ_c − μ_G)ᵀ, with the pseudo-inverse over exactly min(C − 1, width) eigenpairs:
 * C centred means span C − 1 directions, or all `width` where there are fewer. With A = diag(√π) Mᵀ, the pairs (λ_k, u_k) of
 * A Aᵀ `[classes, classes]` give those of Σ_B, and
 *
 *     tr(Σ_W Σ_B⁺) = Σ_k λ_k⁻² u_kᵀ A Σ_W Aᵀ u_k.
 *
 * The C-th eigenvalue is 0 up to noise and never inverted. Where means coincide, as in minority collapse, one of the C − 1 is
 * too (below `EIGENVALUE_NOISE` of the largest): the limit, Infinity, is returned then, or 0 where nothing varies
 * within any class. NaN where all means coincide and nothing varies, as in a network that has died: it tells nothing of classes,
 * and 0 would be read as collapse. NaN where an input has one.
 * @param scatter whose `projected` is of the directions `centred` `[classes, classes]`
 * @throws RangeError unless the shapes go together.
 */
export function withinOverBetween(
  { centred, weights }: Pick<CentredMeans, 'centred' | 'weights'>,
  { projected }: Pick<ClassScatter, 'projected'>,
): WithinOverBetween {
  const classes = centred.rows;
  requireClasses(classes, weights);
  if (projected.rows !== classes || projected.columns !== classes)
    throw new RangeError(
      `The scatter is of ${projected.rows} × ${projected.columns} directions, not ${classes}`,
    );
  const roots = weights.map(Math.sqrt);
  const a = centred.clone().mulColumnVector(roots);
  const within = projected.clone().mulColumnVector(roots).mulRowVector(roots);
  const pairs = largestEigenpairs(a.mmul(a.transpose()), Math.min(classes - 1, centred.columns));
  const largest = pairs[0]?.value ?? 0;
  const least = EIGENVALUE_NOISE * largest;
  const still = projected.to1DArray().every((value) => value === 0);
  const trace = pairs.reduce((sum, { value, vector }) => {
    if (value <= least) return sum + (still ? (largest === 0 ? NaN : 0) : Infinity);
    const u = Matrix.columnVector(vector);
    return sum + u.dot(within.mmul(u)) / value / value;
  }, 0);
  return { trace, perClass: trace / classes, eigenvalues: Float64Array.from(pairs, ({ value }) => value) };
}

/**
 * tr Σ_W / tr Σ_B = Σ_c π_c Var_c / Σ_c π_c |μ_c − μ_G|² (Tirer, Huang and Niles-Weed, 2210.16658, equation 3).
 * NaN where neither anything varies nor the means differ.
 * @throws RangeError unless there is a weight and a variance for each class.
 */
export function traceQuotient(
  { centred, weights }: Pick<CentredMeans, 'centred' | 'weights'>,
  { variances }: Pick<ClassScatter, 'variances'>,
): number {
  requireClasses(centred.rows, weights, variances);
  const weighted = (values: ArrayLike<number>) =>
    weights.reduce((sum, weight, c) => sum + weight * (values[c] ?? NaN), 0);
  const squares = Array.from(weights, (_, c) =>
    centred.getRow(c).reduce((sum, value) => sum + value ** 2, 0),
  );
  return weighted(variances) / weighted(squares);
}

/**
 * Class-distance normalised variance, the mean over the pairs i ≠ j of (Var_i + Var_j) / (2 |μ_i − μ_j|²) (Galanti, György and
 * Hutter, 2112.15121). Every pair counts alike, whatever the sizes of the classes. Infinity where two means
 * coincide, NaN where they do and neither class varies.
 * @param means μ_c `[classes, width]`
 * @throws RangeError unless there is a variance for each class.
 */
export function cdnv(means: Matrix, { variances }: Pick<ClassScatter, 'variances'>): number {
  requireClasses(means.rows, variances);
  let sum = 0;
  for (let i = 0; i < means.rows; i++)
    for (let j = 0; j < i; j++) {
      const apart = Matrix.sub(means.getRowVector(i), means.getRowVector(j));
      sum += ((variances[i] ?? NaN) + (variances[j] ?? NaN)) / (2 * apart.dot(apart));
    }
  return sum / ((means.rows * (means.rows - 1)) / 2);
}

function requireClasses(classes: number, ...columns: Float64Array[]): void {
  const wrong = columns.find((column) => column.length !== classes);
  if (wrong) throw new RangeError(`There are ${classes} classes and numbers for ${wrong.length}`);
}
