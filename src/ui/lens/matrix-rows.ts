import type { NumberArray } from '../../run/snapshot';

/** A matrix as its rows. */
export type Rows = readonly (readonly number[])[];

/** The rows of a snapshot's array `[rows, columns]`. */
export const rowsOf = ({ shape, values }: NumberArray): number[][] => {
  const [rows = 0, columns = 0] = shape;
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
};
