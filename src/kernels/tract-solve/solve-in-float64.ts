/**
 * X of (scale · A + λI) X = B by Cholesky in float64; NaN everywhere when the matrix is not positive definite.
 * @param a `[size, size]`, row by row; only what lies on and below the diagonal is read
 * @param b `[size, count]`, row by row
 * @returns X `[size, count]`, row by row
 */
export function solveInFloat64(
  a: ArrayLike<number>,
  { scale, lambda }: { scale: number; lambda: number },
  b: ArrayLike<number>,
  size: number,
): Float64Array {
  const count = b.length / size;
  const factor = Float64Array.from(a, (value) => value * scale);
  const at = (row: number, column: number) => factor[row * size + column] ?? NaN;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let value = at(row, column) + (row === column ? lambda : 0);
      for (let k = 0; k < column; k++) value -= at(row, k) * at(column, k);
      const isPivot = row === column;
      if (isPivot && !(value > 0)) return new Float64Array(b.length).fill(NaN);
      factor[row * size + column] = isPivot ? Math.sqrt(value) : value / at(column, column);
    }
  }
  const x = Float64Array.from(b);
  const xAt = (row: number, column: number) => x[row * count + column] ?? NaN;
  for (let column = 0; column < count; column++) {
    for (let row = 0; row < size; row++) {
      let value = xAt(row, column);
      for (let k = 0; k < row; k++) value -= at(row, k) * xAt(k, column);
      x[row * count + column] = value / at(row, row);
    }
    for (let row = size - 1; row >= 0; row--) {
      let value = xAt(row, column);
      for (let k = row + 1; k < size; k++) value -= at(k, row) * xAt(k, column);
      x[row * count + column] = value / at(row, row);
    }
  }
  return x;
}
