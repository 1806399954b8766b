import type { RunRecord } from '../run/record';

/** Steps of a whole run. */
export const stepsOf = ({ facts, series }: Pick<RunRecord, 'facts' | 'series'>): number =>
  facts?.totalSteps ?? Math.max(0, ...series.map(({ step }) => step.at(-1) ?? 0));

/**
 * A run's record as it stood when it had taken `upTo` steps: what it had told by then. Columns are views of the whole ones;
 * nothing is copied.
 */
export function cutRecord(record: RunRecord, upTo: number): RunRecord {
  const { snapshots } = record;
  return {
    ...record,
    notes: record.notes.filter(({ step }) => step <= upTo),
    series: record.series.map(({ metric, step, trainMs, value }) => {
      const end = step.findLastIndex((known) => known <= upTo) + 1;
      return {
        metric,
        step: step.subarray(0, end),
        trainMs: trainMs.subarray(0, end),
        value: value.subarray(0, end),
      };
    }),
    ...(snapshots && { snapshots: snapshots.filter(({ step }) => step <= upTo) }),
  };
}
