import { open, writeFile } from 'node:fs/promises';
import type { RunRecord } from '../run/record';
import { SpecError } from '../spec/parse-spec';

/** Columns and pictured arrays as plain arrays: JSON knows no others. Nine digits tell any float32 from its neighbours. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value, (x) => Number(x.toPrecision(9)));
  const isColumn =
    value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array;
  return isColumn ? [...value] : value;
}

/**
 * Makes sure that a file can be written, before hours go into what it is to hold. Leaves what is in it.
 * @throws SpecError with the system's reason.
 */
export async function requireWritable(file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close();
  } catch (error) {
    throw new SpecError([
      { where: '--out', message: error instanceof Error ? error.message : String(error) },
    ]);
  }
}

/** Writes records as the page keeps them: one alone as itself, one of several in an array. */
export async function writeRecords(
  file: string,
  records: readonly RunRecord[],
  planned: number,
): Promise<void> {
  const content = planned === 1 ? records[0] : records;
  await writeFile(file, `${JSON.stringify(content, plain)}\n`);
}
