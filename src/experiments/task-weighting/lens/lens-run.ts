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

/**
 * The run that is shown: the reader's choice while it is there, else the method's newest that has begun, else the newest
 * that has, else the method's newest, else the newest.
 * @param isMethod whether a variant is the experiment's method
 */
export function pickedRun<R extends LensRun>(
  runs: readonly R[],
  choice: string | null,
  isMethod: (variant: string) => boolean,
): R | null {
  const begun = runs.filter((run) => tasksOfRun(run).some(({ id }) => tells(run, `loss.${id}`)));
  const ofMethod = ({ variant }: R) => isMethod(variant);
  return (
    runs.find(({ id }) => id === choice) ??
    begun.findLast(ofMethod) ??
    begun.at(-1) ??
    runs.findLast(ofMethod) ??
    runs.at(-1) ??
    null
  );
}
