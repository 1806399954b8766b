import type { Reporter } from './reporter';

/**
 * For programs: one JSON object a line. `run` opens, `batch` tells what is new, `end` closes a run and says where its time
 * went. Snapshots are left to the record.
 */
export function jsonLines(write: (text: string) => void): Reporter {
  const line = (value: object) => write(`${JSON.stringify(value)}\n`);
  let phase = '';
  return {
    start(id, { experiment, variant, seed, specDigest }, device) {
      phase = '';
      line({ kind: 'run', run: id, experiment, variant, seed, specDigest, device });
    },
    batch(batch) {
      const isNews = batch.scalars.length > 0 || batch.facts !== undefined || batch.phase.phase !== phase;
      if (!isNews) return;
      phase = batch.phase.phase;
      const scalars = batch.scalars.map(({ metric, step, value }) => [
        metric,
        { step: [...step], value: [...value] },
      ]);
      line({
        kind: 'batch',
        run: batch.runId,
        ...{ phase, step: batch.step, trainMs: batch.trainMs },
        ...(batch.facts && { facts: batch.facts }),
        scalars: Object.fromEntries(scalars) as object,
      });
    },
    end: (id, outcome, { step, trainMs, phases }) =>
      line({ kind: 'end', run: id, ...outcome, step, trainMs, phases }),
  };
}
