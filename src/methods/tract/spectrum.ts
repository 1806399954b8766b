import { Matrix } from 'ml-matrix';
import { largestEigenpairs } from '../../math/symmetric-eigen';

/**
 * Eigenvalues of C = xᵀx / rows, largest first: the variance of a first layer's inputs along each direction. Of no more
 * directions than there are rows or inputs; along the others it is 0.
 * @param x `[rows, inputs]`
 */
export function spectrum(x: Float32Array, rows: number): Float32Array {
  const inputs = x.length / rows;
  const values = Matrix.from1DArray(rows, inputs, x);
  // xxᵀ has the eigenvalues of xᵀx but for zeros.
  const smaller = rows < inputs ? values.mmul(values.transpose()) : values.transpose().mmul(values);
  const size = smaller.rows;
  const scaled = smaller.div(rows);
  // Products round differently on either side of the diagonal.
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) scaled.set(i, j, scaled.get(j, i));
  return Float32Array.from(largestEigenpairs(scaled, size), ({ value }) => (value < 0 ? 0 : value));
}
