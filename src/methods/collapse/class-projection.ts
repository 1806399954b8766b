import { Matrix, SingularValueDecomposition } from 'ml-matrix';

/**
 * Directions of the classes, orthonormal: Q = U Vᵀ of the singular value decomposition Wᵀ = U S Vᵀ `[width, classes]`. For a
 * simplex frame W, w_k is Q e_k without what all of them share. Where width < C its rows are orthonormal in place of
 * its columns. It stands for the projection of Fisher, Meng and Papyan (2402.06171), whose own is in an appendix.
 * @param classifier W `[classes, width]`
 * @throws RangeError where W has a number that is not finite.
 */
export function classDirections(classifier: Matrix): Matrix {
  if (!classifier.to1DArray().every(Number.isFinite))
    throw new RangeError('A classifier with numbers that are not finite has no directions');
  const { leftSingularVectors, rightSingularVectors } = new SingularValueDecomposition(
    classifier.transpose(),
    {
      autoTranspose: true,
    },
  );
  return leftSingularVectors.mmul(rightSingularVectors.transpose());
}

/**
 * The corners of a regular simplex around 0, of length 1, as columns `[corners − 1, corners]`: of three the triangle
 * [[1, −1/2, −1/2], [0, √3/2, −√3/2]], of four a tetrahedron. Rows sum to 0.
 */
export function simplexCorners(corners: number): Matrix {
  const result = Matrix.zeros(corners - 1, corners);
  const cosine = -1 / (corners - 1);
  for (let i = 0; i < corners - 1; i++) {
    const square = result.getColumn(i).reduce((sum, value) => sum + value ** 2, 0);
    const own = Math.sqrt(1 - square);
    result.set(i, i, own);
    // Every later corner has the same coordinates so far, and so the same product with this one.
    for (let j = i + 1; j < corners; j++)
      result.set(i, j, (cosine - result.getColumnVector(i).dot(result.getColumnVector(j))) / own);
  }
  return result;
}

/**
 * Points of features, class means or classifier rows in the plane of three chosen classes or the space of four: A u with
 * u = (Qᵀ h) at the chosen classes and A the corners of a simplex. What the chosen classes share is lost, so equal
 * coordinates fall on 0, and a simplex frame falls on corners of a simplex.
 * @param directions Q `[width, classes]`
 * @param chosen classes, two or more, all different
 * @param vectors h `[rows, width]`
 * @returns `[rows, chosen − 1]`
 * @throws RangeError for a class that there is not, one chosen twice, or fewer than two.
 */
export function projectOnClasses(directions: Matrix, chosen: readonly number[], vectors: Matrix): Matrix {
  const wrong = chosen.find((c) => !Number.isInteger(c) || c < 0 || c >= directions.columns);
  if (wrong !== undefined) throw new RangeError(`${wrong} is none of the ${directions.columns} classes`);
  if (chosen.length < 2 || new Set(chosen).size < chosen.length)
    throw new RangeError(`Two different classes or more span a projection, not ${chosen.join(', ')}`);
  const axes = directions.subMatrixColumn([...chosen]).mmul(simplexCorners(chosen.length).transpose());
  return vectors.mmul(axes);
}
