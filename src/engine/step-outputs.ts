/** Names of what a step gives. */
export interface StepOutputs<O extends string, V extends string> {
  /** Names of the scalars the step gives. */
  outputs: readonly O[];
  /** Names of the vectors it gives besides, and how many numbers each has. */
  vectors?: Readonly<Record<V, number>>;
}

/** One output of a step. */
export interface StepField<Name extends string> {
  name: Name;
  /** How many numbers it has at every step. */
  length: number;
  isVector: boolean;
}

/** All that a step gives, in the order in which it is kept: first the scalars, then the vectors. */
export function fieldsOf<O extends string, V extends string>({
  outputs,
  vectors,
}: StepOutputs<O, V>): StepField<O | V>[] {
  const scalars = outputs.map((name) => ({ name, length: 1, isVector: false }));
  const lists = Object.entries<number>(vectors ?? {}).map(([name, length]) => ({
    name: name as V,
    length,
    isVector: true,
  }));
  return [...scalars, ...lists];
}

/** How many numbers a step gives in all. */
export const widthOf = (fields: readonly StepField<string>[]): number =>
  fields.reduce((sum, { length }) => sum + length, 0);

/**
 * One list of numbers per output, with as many for each step as the output has.
 * @param rows what each step gave, field after field, step after step
 */
export function columnsOf<Name extends string>(
  fields: readonly StepField<Name>[],
  rows: Float32Array,
): Record<Name, Float32Array> {
  const width = widthOf(fields);
  const steps = width === 0 ? 0 : rows.length / width;
  let first = 0;
  const columns = fields.map(({ name, length }) => {
    const column = new Float32Array(steps * length);
    for (let step = 0; step < steps; step++) {
      const from = step * width + first;
      column.set(rows.subarray(from, from + length), step * length);
    }
    first += length;
    return [name, column] as const;
  });
  return Object.fromEntries(columns) as Record<Name, Float32Array>;
}

/** What each step gave, field after field: the inverse of `columnsOf`, one array for every step. */
export function rowsOf<Name extends string>(
  fields: readonly StepField<Name>[],
  columns: Record<Name, Float32Array>,
): Float32Array[] {
  const [first] = fields;
  const steps = first ? columns[first.name].length / first.length : 0;
  return Array.from({ length: steps }, (_, step) =>
    Float32Array.from(
      fields.flatMap(({ name, length }) => [...columns[name].subarray(step * length, (step + 1) * length)]),
    ),
  );
}
