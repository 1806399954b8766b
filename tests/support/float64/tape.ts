/**
 * Matrices of float64 with reverse-mode gradients, on plain arrays: an implementation that shares no line with the lab's
 * own, to check it against. Slow and simple on purpose.
 */
export interface Matrix {
  rows: number;
  columns: number;
  /** Row-major. */
  values: Float64Array;
  /** Gradient of the loss, filled by `backward`. */
  gradient: Float64Array;
}

/** Remembers how each matrix was made, so that gradients can flow back. */
export class Tape {
  private readonly steps: (() => void)[] = [];

  matrix(rows: number, columns: number, values: ArrayLike<number>): Matrix {
    if (values.length !== rows * columns)
      throw new RangeError(`${values.length} numbers for ${rows} × ${columns}`);
    return { rows, columns, values: Float64Array.from(values), gradient: new Float64Array(rows * columns) };
  }

  /** Sets the loss's own gradient to 1 and lets it flow back through everything made so far. */
  backward(loss: Matrix): void {
    loss.gradient.fill(1);
    for (const step of this.steps.reverse()) step();
  }

  private made(
    rows: number,
    columns: number,
    valueAt: (row: number, column: number) => number,
    back: (out: Matrix) => void,
  ): Matrix {
    const out = this.matrix(rows, columns, new Float64Array(rows * columns));
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        out.values[row * columns + column] = valueAt(row, column);
    this.steps.push(() => {
      back(out);
    });
    return out;
  }

  /** A·B */
  product(a: Matrix, b: Matrix): Matrix {
    const inner = a.columns;
    const dot = (row: number, column: number) => {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += at(a, row, k) * at(b, k, column);
      return sum;
    };
    return this.made(a.rows, b.columns, dot, (out) => {
      for (let row = 0; row < out.rows; row++)
        for (let column = 0; column < out.columns; column++) {
          const flow = slope(out, row, column);
          for (let k = 0; k < inner; k++) {
            add(a, row, k, flow * at(b, k, column));
            add(b, k, column, flow * at(a, row, k));
          }
        }
    });
  }

  /** A + B; a B of one row is added to every row. */
  sum(a: Matrix, b: Matrix): Matrix {
    const rowOf = (row: number) => (b.rows === 1 ? 0 : row);
    return this.made(
      a.rows,
      a.columns,
      (row, column) => at(a, row, column) + at(b, rowOf(row), column),
      (out) => {
        each(out, (row, column) => {
          add(a, row, column, slope(out, row, column));
          add(b, rowOf(row), column, slope(out, row, column));
        });
      },
    );
  }

  /** factor · A */
  scaled(a: Matrix, factor: number): Matrix {
    return this.made(
      a.rows,
      a.columns,
      (row, column) => factor * at(a, row, column),
      (out) => {
        each(out, (row, column) => {
          add(a, row, column, factor * slope(out, row, column));
        });
      },
    );
  }

  transposed(a: Matrix): Matrix {
    return this.made(
      a.columns,
      a.rows,
      (row, column) => at(a, column, row),
      (out) => {
        each(out, (row, column) => {
          add(a, column, row, slope(out, row, column));
        });
      },
    );
  }

  /** The named rows, in that order. */
  gatheredRows(a: Matrix, rows: readonly number[]): Matrix {
    return this.made(
      rows.length,
      a.columns,
      (row, column) => at(a, rows[row] ?? 0, column),
      (out) => {
        each(out, (row, column) => {
          add(a, rows[row] ?? 0, column, slope(out, row, column));
        });
      },
    );
  }

  /** A with B's rows added at the named rows. */
  scatteredSum(a: Matrix, rows: readonly number[], b: Matrix): Matrix {
    return this.made(
      a.rows,
      a.columns,
      (row, column) => at(a, row, column) + (rows.includes(row) ? at(b, rows.indexOf(row), column) : 0),
      (out) => {
        each(out, (row, column) => {
          add(a, row, column, slope(out, row, column));
          if (rows.includes(row)) add(b, rows.indexOf(row), column, slope(out, row, column));
        });
      },
    );
  }

  /** Row i of A times the number in row i of the column g. */
  gatedRows(a: Matrix, gate: Matrix): Matrix {
    return this.made(
      a.rows,
      a.columns,
      (row, column) => at(a, row, column) * at(gate, row, 0),
      (out) => {
        each(out, (row, column) => {
          add(a, row, column, slope(out, row, column) * at(gate, row, 0));
          add(gate, row, 0, slope(out, row, column) * at(a, row, column));
        });
      },
    );
  }

  /** Columns from `first`, `count` of them. */
  columnsOf(a: Matrix, first: number, count: number): Matrix {
    return this.made(
      a.rows,
      count,
      (row, column) => at(a, row, first + column),
      (out) => {
        each(out, (row, column) => {
          add(a, row, first + column, slope(out, row, column));
        });
      },
    );
  }

  /** The matrices side by side. */
  joinedColumns(parts: readonly Matrix[]): Matrix {
    const owner = parts.flatMap((part) =>
      Array.from({ length: part.columns }, (_, column) => ({ part, column })),
    );
    const from = (column: number) => {
      const found = owner[column];
      if (!found) throw new RangeError(`no column ${column}`);
      return found;
    };
    return this.made(
      parts[0]?.rows ?? 0,
      owner.length,
      (row, column) => at(from(column).part, row, from(column).column),
      (out) => {
        each(out, (row, column) => {
          add(from(column).part, row, from(column).column, slope(out, row, column));
        });
      },
    );
  }

  /** B's rows under A's. */
  joinedRows(a: Matrix, b: Matrix): Matrix {
    const from = (row: number): [Matrix, number] => (row < a.rows ? [a, row] : [b, row - a.rows]);
    return this.made(
      a.rows + b.rows,
      a.columns,
      (row, column) => at(...from(row), column),
      (out) => {
        each(out, (row, column) => {
          add(...from(row), column, slope(out, row, column));
        });
      },
    );
  }

  softmaxRows(a: Matrix): Matrix {
    const largest = rowValues(a, (row) => Math.max(...row));
    const total = rowValues(a, (row, i) => row.reduce((sum, x) => sum + Math.exp(x - (largest[i] ?? 0)), 0));
    return this.made(
      a.rows,
      a.columns,
      (row, column) => Math.exp(at(a, row, column) - (largest[row] ?? 0)) / (total[row] ?? 1),
      (out) => {
        for (let row = 0; row < out.rows; row++) {
          let mean = 0;
          for (let k = 0; k < out.columns; k++) mean += slope(out, row, k) * at(out, row, k);
          for (let k = 0; k < out.columns; k++) add(a, row, k, at(out, row, k) * (slope(out, row, k) - mean));
        }
      },
    );
  }

  /** (x − mean) / √(variance + epsilon) · gamma + beta, row by row. */
  layerNorm(x: Matrix, gamma: Matrix, beta: Matrix, epsilon: number): Matrix {
    const mean = rowValues(x, (row) => row.reduce((sum, v) => sum + v, 0) / row.length);
    const rstd = rowValues(
      x,
      (row, i) =>
        1 / Math.sqrt(row.reduce((sum, v) => sum + (v - (mean[i] ?? 0)) ** 2, 0) / row.length + epsilon),
    );
    const unit = (row: number, column: number) => (at(x, row, column) - (mean[row] ?? 0)) * (rstd[row] ?? 0);
    return this.made(
      x.rows,
      x.columns,
      (row, column) => unit(row, column) * at(gamma, 0, column) + at(beta, 0, column),
      (out) => {
        for (let row = 0; row < out.rows; row++) {
          let flow = 0;
          let along = 0;
          for (let k = 0; k < out.columns; k++) {
            const g = slope(out, row, k) * at(gamma, 0, k);
            flow += g / out.columns;
            along += (g * unit(row, k)) / out.columns;
          }
          for (let k = 0; k < out.columns; k++) {
            const dy = slope(out, row, k);
            add(x, row, k, (dy * at(gamma, 0, k) - flow - unit(row, k) * along) * (rstd[row] ?? 0));
            add(gamma, 0, k, dy * unit(row, k));
            add(beta, 0, k, dy);
          }
        }
      },
    );
  }

  /** 1 / (1 + e⁻ˣ) */
  sigmoid(x: Matrix): Matrix {
    return this.made(
      x.rows,
      x.columns,
      (row, column) => 1 / (1 + Math.exp(-at(x, row, column))),
      (out) => {
        each(out, (row, column) => {
          const y = at(out, row, column);
          add(x, row, column, slope(out, row, column) * y * (1 - y));
        });
      },
    );
  }

  /** Mean of the rows, as a matrix of one row. */
  meanRow(a: Matrix): Matrix {
    return this.made(
      1,
      a.columns,
      (_, column) => rowValues(a, (row) => row[column] ?? NaN).reduce((sum, x) => sum + x, 0) / a.rows,
      (out) => {
        each(a, (row, column) => {
          add(a, row, column, slope(out, 0, column) / a.rows);
        });
      },
    );
  }

  /** x Φ(x) */
  gelu(x: Matrix): Matrix {
    return this.made(
      x.rows,
      x.columns,
      (row, column) => at(x, row, column) * normalCdf(at(x, row, column)),
      (out) => {
        each(out, (row, column) => {
          const v = at(x, row, column);
          const density = Math.exp(-0.5 * v * v) / Math.sqrt(2 * Math.PI);
          add(x, row, column, slope(out, row, column) * (normalCdf(v) + v * density));
        });
      },
    );
  }

  /** Mean over rows of −log softmax(row)[label], as a 1 × 1 matrix. */
  crossEntropy(logits: Matrix, labels: readonly number[]): Matrix {
    const logTotal = rowValues(logits, (row) => {
      const largest = Math.max(...row);
      return largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    });
    return this.made(
      1,
      1,
      () =>
        labels.reduce((sum, label, row) => sum + (logTotal[row] ?? 0) - at(logits, row, label), 0) /
        labels.length,
      (out) => {
        each(logits, (row, column) => {
          const probability = Math.exp(at(logits, row, column) - (logTotal[row] ?? 0));
          const target = labels[row] === column ? 1 : 0;
          add(logits, row, column, (slope(out, 0, 0) * (probability - target)) / labels.length);
        });
      },
    );
  }
}

const at = ({ values, columns }: Matrix, row: number, column: number) =>
  values[row * columns + column] ?? NaN;
const slope = ({ gradient, columns }: Matrix, row: number, column: number) =>
  gradient[row * columns + column] ?? NaN;

function add({ gradient, columns }: Matrix, row: number, column: number, amount: number): void {
  const i = row * columns + column;
  gradient[i] = (gradient[i] ?? NaN) + amount;
}

function each({ rows, columns }: Matrix, visit: (row: number, column: number) => void): void {
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) visit(row, column);
}

const rowValues = ({ values, rows, columns }: Matrix, of: (row: number[], index: number) => number) =>
  Array.from({ length: rows }, (_, i) => of([...values.subarray(i * columns, (i + 1) * columns)], i));

/** Φ(x) to float64: the power series of erf near zero, Laplace's continued fraction of erfc further out. */
export function normalCdf(x: number): number {
  const t = Math.abs(x) / Math.SQRT2;
  let tail: number; // erfc(t)
  if (t < 2.5) {
    let term = t;
    let sum = t;
    for (let n = 1; Math.abs(term) > 1e-18 * sum && n < 200; n++) {
      term *= -(t * t) / n;
      sum += term / (2 * n + 1);
    }
    tail = 1 - (2 / Math.sqrt(Math.PI)) * sum;
  } else {
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (t + fraction);
    tail = Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction);
  }
  return x > 0 ? 1 - tail / 2 : tail / 2;
}
