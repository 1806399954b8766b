import { Matrix } from 'ml-matrix';

/**
 * NC5, orthogonality of unseen data: Avg_c |cos(μ_c, μ_unseen)|, of means that are not centred (Ben Ammar et al., NECO,
 * ICLR 2024, 2310.06823, section 4, equation 5). 0 when collapsed; NaN where a mean is 0 and has no direction.
 * @param means μ_c of the training classes `[classes, width]`
 * @param unseen mean of all features of a data set the model was not trained on `[width]`
 * @throws RangeError unless the widths are the same.
 */
export function unseenOrthogonality(means: Matrix, unseen: ArrayLike<number>): number {
  if (unseen.length !== means.columns)
    throw new RangeError(`Means of width ${means.columns} have no angle with one of ${unseen.length}`);
  const other = Matrix.columnVector(unseen);
  const along = means.mmul(other).div(other.norm());
  const sum = along
    .getColumn(0)
    .reduce((total, value, c) => total + Math.abs(value) / means.getRowVector(c).norm(), 0);
  return sum / means.rows;
}
