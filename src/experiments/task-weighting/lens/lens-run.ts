import type { LabRun } from '../../../ui/lab-run.svelte';
import { TASK_SETS, tasksOf, type TaskInfo, type TaskSet } from '../tasks';

/** What the lens reads of a run. */
export type LensRun = Pick<LabRun, 'id' | 'variant' | 'seed' | 'spec' | 'specDigest' | 'status' | 'series'>;

const isTaskSet = (name: unknown): name is TaskSet =>
  typeof name === 'string' && Object.hasOwn(TASK_SETS, name);

/** The tasks that a run learns, in the order of their losses. */
export function tasksOfRun(run: Pick<LensRun, 'spec'>): readonly TaskInfo[] {
  const set = run.spec['tasks'];
  return isTaskSet(set) ? tasksOf(set) : [];
}

/** Runs of one set of tasks; of several that repeat each other only the newest. */
export function comparable<R extends LensRun>(runs: readonly R[], tasks: unknown): R[] {
  const newest = new Map<string, R>();
  for (const run of runs) if (run.spec['tasks'] === tasks) newest.set(`${run.specDigest} ${run.seed}`, run);
  return [...newest.values()];
}

/** Whether a run has told any value of a series. */
export const tells = (run: Pick<LensRun, 'series'>, series: string): boolean =>
  (run.series.of(series)?.length ?? 0) > 0;

/** Whether a run has told the loss of a step. */
export const hasBegun = (run: Pick<LensRun, 'spec' | 'series'>): boolean =>
  tasksOfRun(run).some(({ id }) => tells(run, `loss.${id}`));
