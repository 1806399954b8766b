/** All scalar products of the gradients of K tasks; a symmetric matrix whose diagonal holds their squared lengths. */
export interface Gramian {
  /** K. */
  readonly tasks: number;
  /** gᵢ · gⱼ at place i·K + j, `[tasks, tasks]`. */
  readonly products: Float64Array;
}

/**
 * The Gramian of gradients, summed in float64.
 * @param gradients one per task, each flattened to a vector of the same length
 * @throws RangeError unless there is one gradient or more and all are equally long.
 */
export function gramianOf(gradients: readonly ArrayLike<number>[]): Gramian {
  const columns = gradients.map((gradient) => Float64Array.from(gradient));
  const [first] = columns;
  if (!first) throw new RangeError('A Gramian is of one gradient or more, and there is none');
  const other = columns.find((column) => column.length !== first.length);
  if (other)
    throw new RangeError(`Gradients of ${first.length} and ${other.length} parameters have no product`);
  const products = columns.flatMap((a) =>
    columns.map((b) => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0)),
  );
  return { tasks: columns.length, products: Float64Array.from(products) };
}

/**
 * A Gramian from its entries, as a device gives them. Of entries that rounding made unequal it takes the mean.
 * @param entries `[tasks, tasks]`, row after row
 * @throws RangeError unless they fill a square.
 */
export function gramianFrom(entries: ArrayLike<number>): Gramian {
  const tasks = Math.round(Math.sqrt(entries.length));
  if (tasks === 0 || tasks * tasks !== entries.length)
    throw new RangeError(`A Gramian is square, and ${entries.length} entries are not`);
  const mirrored = (place: number) => (place % tasks) * tasks + Math.floor(place / tasks);
  const products = Float64Array.from(
    { length: entries.length },
    (_, place) => ((entries[place] ?? NaN) + (entries[mirrored(place)] ?? NaN)) / 2,
  );
  return { tasks, products };
}

/** gᵢ · gⱼ. */
export const product = ({ tasks, products }: Gramian, i: number, j: number): number =>
  products[i * tasks + j] ?? NaN;

/** |gₖ| of each task, `[tasks]`. A squared length that rounding made negative counts as 0. */
export const lengthsOf = (gramian: Gramian): Float64Array =>
  Float64Array.from({ length: gramian.tasks }, (_, k) => Math.sqrt(Math.max(0, product(gramian, k, k))));

/** (G c)ⱼ = gⱼ · Σₖ cₖ gₖ, `[tasks]`: how the update with these coefficients stands to each gradient. */
export const productsWith = (gramian: Gramian, coefficients: Float64Array): Float64Array =>
  coefficients.map((_, j) =>
    coefficients.reduce((sum, coefficient, k) => sum + coefficient * product(gramian, j, k), 0),
  );

/** @throws RangeError unless the Gramian is of as many tasks as there are losses. */
export function requireGramian(method: string, { tasks }: Gramian, losses: Float64Array): void {
  if (tasks !== losses.length)
    throw new RangeError(`${method} got ${losses.length} losses and the gradients of ${tasks} tasks`);
}
