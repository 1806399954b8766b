import { EigenvalueDecomposition, type Matrix } from 'ml-matrix';

/** λ and its eigenvector of length 1. */
export interface Eigenpair {
  value: number;
  vector: Float64Array;
}

/**
 * The eigenpairs of a symmetric matrix with the largest eigenvalues, largest first. Rounding may make the eigenvalues of a
 * positive semidefinite matrix slightly negative. All NaN where the matrix has a number that is not finite.
 * @param symmetric `[size, size]`
 * @throws RangeError unless the matrix is symmetric and `count` lies in 0 … size.
 */
export function largestEigenpairs(symmetric: Matrix, count: number): Eigenpair[] {
  const size = symmetric.rows;
  if (!Number.isInteger(count) || count < 0 || count > size)
    throw new RangeError(`A matrix of ${size} rows has no ${count} eigenpairs`);
  if (!symmetric.to1DArray().every(Number.isFinite))
    return Array.from({ length: count }, () => ({ value: NaN, vector: new Float64Array(size).fill(NaN) }));
  if (!symmetric.isSymmetric()) throw new RangeError('Eigenpairs are computed of symmetric matrices only');
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  return realEigenvalues
    .map((value, k) => ({ value, vector: Float64Array.from(eigenvectorMatrix.getColumn(k)) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, count);
}
