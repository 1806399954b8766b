import { Matrix } from 'ml-matrix';
import { mean, standardDeviation } from '../../math/interval';

/**
 * The simplex equiangular tight frame M* = √(C / (C − 1)) (I − 1 1ᵀ / C) `[classes, classes]`: columns of length 1 with all
 * cosines −1 / (C − 1), of rank C − 1 (Papyan, Han and Donoho, PNAS 2020, definition 1).
 */
export const simplexFrame = (classes: number): Matrix =>
  Matrix.eye(classes)
    .sub(1 / classes)
    .mul(Math.sqrt(classes / (classes - 1)));

/**
 * NC2, equal lengths: Std_c |v_c| / Avg_c |v_c|, the deviation with C − 1 (Papyan et al., PNAS 2020, figure 2). 0 when collapsed.
 * @param vectors centred class means, or rows of the classifier, which are not centred `[classes, width]`
 */
export function equinorm(vectors: Matrix): number {
  const lengths = lengthsOf(vectors);
  return (standardDeviation(lengths) ?? NaN) / mean(lengths);
}

/**
 * NC2, equal angles: the standard deviation of cos(v_c, v_c') over all pairs c ≠ c' (Papyan et al., PNAS 2020, figure 3),
 * divided by the number of pairs. 0 when collapsed. NaN where a vector is 0 and has no direction.
 * @param vectors `[classes, width]`
 */
export function equiangular(vectors: Matrix): number {
  const values = pairsOf(cosines(vectors));
  const average = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
}

/**
 * NC2, largest angles: Avg_{c ≠ c'} |cos(v_c, v_c') + 1 / (C − 1)| (Papyan et al., PNAS 2020, figure 4). 0 when collapsed, and
 * only possible where width ≥ C − 1. NaN where a vector is 0.
 * @param vectors `[classes, width]`
 */
export const maximalAngle = (vectors: Matrix): number =>
  mean(pairsOf(cosines(vectors)).map((value) => Math.abs(value + 1 / (vectors.rows - 1))));

/** cos(v_c, v_c') of all pairs `[classes, classes]`; NaN where a vector is 0 and has no direction. */
export function cosines(vectors: Matrix): Matrix {
  const units = vectors.clone().divColumnVector(lengthsOf(vectors));
  return units.mmul(units.transpose());
}

/**
 * NC2 of Zhu et al. (2105.02375, and their code): the distance of V Vᵀ from the Gram matrix of a simplex frame, both of length 1,
 * | V Vᵀ / ‖V Vᵀ‖_F − (I − 1 1ᵀ / C) / √(C − 1) |_F. 0 when collapsed; NaN where all vectors are 0.
 * @param vectors `[classes, width]`
 */
export const frameDistance = (vectors: Matrix): number =>
  distanceFromFrame(vectors.mmul(vectors.transpose()));

/** | P / ‖P‖_F − (I − 1 1ᵀ / C) / √(C − 1) |_F of a matrix of products `[classes, classes]`. */
export function distanceFromFrame(products: Matrix): number {
  const classes = products.rows;
  const frame = Matrix.eye(classes)
    .sub(1 / classes)
    .div(Math.sqrt(classes - 1));
  return Matrix.div(products, products.norm()).sub(frame).norm();
}

const lengthsOf = (vectors: Matrix): number[] =>
  Array.from({ length: vectors.rows }, (_, c) => vectors.getRowVector(c).norm());

/** Each pair once: the matrix is symmetric. */
const pairsOf = (matrix: Matrix): number[] =>
  Array.from({ length: matrix.rows }, (_, i) => matrix.getRow(i).slice(0, i)).flat();
