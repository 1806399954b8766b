import { Matrix } from 'ml-matrix';
import { sum } from '../../math/sum';

/**
 * What a class counts for where classes are averaged: `samples`, its share of the samples n_c / N, or `classes`, 1 / C each.
 * Both are the same where the classes are equally large, as in Papyan, Han and Donoho (PNAS 2020), who balance them. Where
 * they are not, `samples` makes Σ_W + Σ_B the covariance of the features, and large classes hide what small ones do;
 * `classes` shows minority collapse.
 */
export type ClassWeighting = 'samples' | 'classes';

/** A class has no sample, so that it has no mean and no collapse can be measured. */
export class AbsentClassError extends RangeError {
  constructor(
    /** The absent classes, counted from 0. */
    readonly classes: readonly number[],
    names?: readonly string[],
  ) {
    const named = classes.map((c) => names?.[c] ?? `${c} (counted from 0)`);
    const which = named.length === 1 ? `Class ${named.join()} has` : `Classes ${named.join(', ')} have`;
    super(`${which} no sample, so there is no mean to measure collapse with`);
    this.name = 'AbsentClassError';
  }
}

/** The class means around their centre. */
export interface CentredMeans {
  /** μ_c `[classes, width]` */
  means: Matrix;
  /** π_c, which sum to 1 `[classes]` */
  weights: Float64Array;
  /** μ_G = Σ_c π_c μ_c `[width]` */
  centre: Float64Array;
  /** Mᵀ: μ_c − μ_G as rows `[classes, width]` */
  centred: Matrix;
}

/**
 * The class means around μ_G = Σ_c π_c μ_c (`ClassWeighting` says what π is).
 * @param means μ_c `[classes, width]`
 * @param counts n_c `[classes]`
 * @param names of the classes, for the error
 * @throws AbsentClassError when a class has no sample, RangeError for fewer than two classes or counts of other length.
 */
export function centreClasses(
  means: Matrix,
  counts: ArrayLike<number>,
  weighting: ClassWeighting,
  names?: readonly string[],
): CentredMeans {
  const weights = classWeights(counts, weighting, names);
  if (weights.length !== means.rows)
    throw new RangeError(`There are means of ${means.rows} classes and counts of ${weights.length}`);
  const centre = Float64Array.from(Matrix.rowVector(weights).mmul(means).getRow(0));
  return { means, weights, centre, centred: means.clone().subRowVector(centre) };
}

function classWeights(
  counts: ArrayLike<number>,
  weighting: ClassWeighting,
  names?: readonly string[],
): Float64Array {
  const sizes = Float64Array.from(counts);
  if (sizes.length < 2)
    throw new RangeError(`Collapse is measured on two classes or more, not on ${sizes.length}`);
  const absent = Array.from(sizes.keys()).filter((c) => !((sizes[c] ?? NaN) > 0));
  if (absent.length > 0) throw new AbsentClassError(absent, names);
  const total = sum(sizes);
  return sizes.map((size) => (weighting === 'samples' ? size / total : 1 / sizes.length));
}

/** How far the samples lie from the mean of their class. */
export interface ClassScatter {
  /** Var_c = (1 / n_c) Σ_i |h_{i,c} − μ_c|² `[classes]` */
  variances: Float64Array;
  /**
   * Mᵀ Σ_W M `[classes, classes]`, where Σ_W = Σ_c π_c (1 / n_c) Σ_i (h_{i,c} − μ_c)(h_{i,c} − μ_c)ᵀ and Mᵀ are the
   * directions that were projected on. Nothing as large as width × width is ever made.
   */
  projected: Matrix;
}

/**
 * The scatter from sums over all samples, in which every sample counts alike: Σ_W with π_c = n_c / N. For other weights each
 * sample's z must have been multiplied by √(N π_c / n_c) before the products were added up.
 * @param sums `projected` Σ z zᵀ with z = Mᵀ (h − μ_c) `[classes, classes]`, row after row; `within` Σ |h − μ_c|² of each
 * class `[classes]`
 * @param counts n_c `[classes]`
 * @throws RangeError unless the lengths go together.
 */
export function scatterFromSums(
  { projected, within }: { projected: ArrayLike<number>; within: ArrayLike<number> },
  counts: ArrayLike<number>,
): ClassScatter {
  const classes = counts.length;
  if (within.length !== classes || projected.length !== classes * classes)
    throw new RangeError(
      `Scatter of ${classes} classes takes as many squares and ${classes * classes} products, got ${within.length} and ${projected.length}`,
    );
  const total = sum(counts);
  return {
    variances: Float64Array.from(within, (squares, c) => squares / (counts[c] ?? NaN)),
    // Rounding on a device can leave the two halves unequal.
    projected: new Matrix(classes, classes).apply(function (this: Matrix, i, j) {
      const twice = (projected[i * classes + j] ?? NaN) + (projected[j * classes + i] ?? NaN);
      this.set(i, j, twice / 2 / total);
    }),
  };
}

/** Means and sizes of classes. */
export interface ClassMeans {
  /** μ_c; NaN for a class without samples `[classes, width]` */
  means: Matrix;
  /** n_c `[classes]` */
  counts: Float64Array;
}

/**
 * First pass over features, in float64: the mean of each class.
 * @param features `[samples, width]`
 * @param labels class of each sample `[samples]`
 * @throws RangeError unless there is a label in 0 … classes − 1 for each sample.
 */
export function meansOf(features: Matrix, labels: ArrayLike<number>, classes: number): ClassMeans {
  requireLabels(features, labels, classes);
  const counts = new Float64Array(classes);
  const means = Matrix.zeros(classes, features.columns);
  for (let i = 0; i < features.rows; i++) {
    const c = labels[i] ?? NaN;
    counts[c] = (counts[c] ?? NaN) + 1;
    for (let d = 0; d < features.columns; d++) means.set(c, d, means.get(c, d) + features.get(i, d));
  }
  return { means: means.divColumnVector(counts), counts };
}

/**
 * Second pass over features, in float64: their scatter around the class means, with the weights of the means.
 * @param features `[samples, width]`
 * @param labels class of each sample `[samples]`
 * @throws RangeError unless there is a label in 0 … classes − 1 for each sample.
 */
export function scatterOf(
  features: Matrix,
  labels: ArrayLike<number>,
  { means, weights, centred }: CentredMeans,
): ClassScatter {
  const classes = means.rows;
  requireLabels(features, labels, classes);
  const counts = new Float64Array(classes);
  for (let i = 0; i < features.rows; i++) counts[labels[i] ?? NaN] = (counts[labels[i] ?? NaN] ?? NaN) + 1;
  const variances = new Float64Array(classes);
  const projected = Matrix.zeros(classes, classes);
  for (let i = 0; i < features.rows; i++) {
    const c = labels[i] ?? NaN;
    const size = counts[c] ?? NaN;
    const away = Matrix.sub(features.getRowVector(i), means.getRowVector(c));
    variances[c] = (variances[c] ?? NaN) + away.dot(away) / size;
    const z = away.mmul(centred.transpose());
    projected.add(
      z
        .transpose()
        .mmul(z)
        .mul((weights[c] ?? NaN) / size),
    );
  }
  return { variances, projected };
}

function requireLabels(features: Matrix, labels: ArrayLike<number>, classes: number): void {
  if (labels.length !== features.rows)
    throw new RangeError(`There are ${features.rows} samples and ${labels.length} labels`);
  const wrong = Array.from(labels).find((c) => !Number.isInteger(c) || c < 0 || c >= classes);
  if (wrong !== undefined) throw new RangeError(`Label ${wrong} is none of the ${classes} classes`);
}
