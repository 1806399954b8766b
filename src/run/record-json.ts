import type { RunRecord } from './record';

/** Columns and pictured arrays as plain arrays: JSON knows no others. Nine digits tell any float32 from its neighbours. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value, (x) => Number(x.toPrecision(9)));
  const isColumn =
    value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array;
  return isColumn ? [...value] : value;
}

/** Records as the page keeps them, in JSON. Values that JSON lacks, such as NaN, become null. */
export const recordsJson = (content: RunRecord | readonly RunRecord[]): string =>
  `${JSON.stringify(content, plain)}\n`;
