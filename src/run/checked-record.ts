import { DataError } from '../data/data-source';
import { isOfLaterSchema, migrateRecord } from './migrate-record';
import type { RunRecord } from './record';

/**
 * A record out of a file, at the present schema.
 * @param damaged what to say where it is no record
 * @throws DataError where it is of a later version, or no record.
 */
export function checkedRecord(stored: unknown, damaged: string): RunRecord {
  if (isOfLaterSchema(stored))
    throw new DataError(
      'This file holds runs of a later version of Seedlab. Reload the page to get the newest version.',
    );
  const record = migrateRecord(stored);
  if (!record) throw new DataError(damaged);
  return record;
}
