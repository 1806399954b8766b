import type { RunRecord } from '../../run/record';
import { leftoversOf, runOfFile, type StoredFile } from './stored-files';

/** What the runs of one experiment take. */
export interface ExperimentUse {
  experiment: string;
  runs: number;
  /** Records, models and checkpoints. */
  bytes: number;
  /** Runs that may go: neither kept nor under way. */
  removable: readonly string[];
}

/** What takes space in the browser's storage. */
export interface StorageUse {
  /** Largest first. */
  experiments: readonly ExperimentUse[];
  /** Models that runs begin with or are measured against; without them they are trained again when needed. */
  shared: readonly StoredFile[];
  /** Files of runs that are gone. */
  leftovers: readonly StoredFile[];
}

/** About what a record takes, whose numbers are most of it. */
export function bytesOfRecord({ series, snapshots = [], ...rest }: RunRecord): number {
  const columns = series.flatMap(({ step, trainMs, value }) => [step, trainMs, value]);
  const arrays = snapshots.flatMap((snapshot) => Object.values(snapshot.arrays).map(({ values }) => values));
  const numbers = [...columns, ...arrays].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return numbers + JSON.stringify(rest).length;
}

/**
 * Adds up what is stored.
 * @param records of all experiments, one after another
 * @param known ids of all runs, those included that this page cannot read
 * @param held ids of runs under way, in this tab or another
 */
export async function storageUse(
  records: AsyncIterable<RunRecord>,
  files: readonly StoredFile[],
  known: readonly string[],
  held: readonly string[],
): Promise<StorageUse> {
  const fileBytes = new Map<string, number>();
  for (const { name, bytes } of files) {
    const id = runOfFile(name);
    if (id !== null) fileBytes.set(id, (fileBytes.get(id) ?? 0) + bytes);
  }
  const byExperiment = new Map<string, { runs: number; bytes: number; removable: string[] }>();
  for await (const record of records) {
    let use = byExperiment.get(record.experiment);
    if (!use) byExperiment.set(record.experiment, (use = { runs: 0, bytes: 0, removable: [] }));
    use.runs++;
    use.bytes += bytesOfRecord(record) + (fileBytes.get(record.id) ?? 0);
    if (record.kept !== true && !held.includes(record.id)) use.removable.push(record.id);
  }
  return {
    experiments: [...byExperiment]
      .map(([experiment, use]) => ({ experiment, ...use }))
      .sort((a, b) => b.bytes - a.bytes),
    shared: files.filter(({ name }) => runOfFile(name) === null),
    leftovers: leftoversOf(files, known).filter(({ name }) => !held.includes(runOfFile(name) ?? '')),
  };
}
