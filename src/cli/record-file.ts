import { open, writeFile } from 'node:fs/promises';
import { BUNDLE_ENDING, encodeBundle } from '../run/bundle';
import type { RunRecord } from '../run/record';
import { recordsJson } from '../run/record-json';
import { SpecError } from '../spec/parse-spec';

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

/** What a bundle says of itself beside its records. */
export interface MadeBy {
  /** Query and hash of the setting's link. */
  link: string;
  build: string;
  /** Milliseconds since 1970. */
  madeAt: number;
}

/**
 * Writes records: as a bundle where the file's name ends so and it is said who made it, else in JSON as the page keeps
 * them, one alone as itself and one of several in an array.
 */
export async function writeRecords(
  file: string,
  records: readonly RunRecord[],
  planned: number,
  made?: MadeBy,
): Promise<void> {
  const [first] = records;
  if (made && file.endsWith(BUNDLE_ENDING)) await writeFile(file, await encodeBundle({ ...made, records }));
  else await writeFile(file, recordsJson(planned === 1 && first ? first : records));
}
