import { group } from 'd3';
import { mean, standardDeviation } from '../../../math/interval';
import type { TaskInfo } from '../tasks';
import { tells, type LensRun } from './lens-run';

/** What a variant reached in a task, over its seeds. */
export interface Outcome {
  variant: string;
  /** Mean of the metric on the test images. */
  value: number;
  /** Standard deviation over the seeds; null of one. */
  deviation: number | null;
  /** Mean change against single-task as a fraction, positive is worse; null without baselines. */
  delta: number | null;
  seeds: number;
}

export interface TaskOutcomes {
  task: TaskInfo;
  /** Mean of the single-task models' metric over the seeds; null without baselines. */
  single: number | null;
  outcomes: readonly Outcome[];
}

/** A variant's runs that count. */
export interface Counted<R extends LensRun> {
  variant: string;
  runs: readonly R[];
  /** None of them is done: their values are those of the latest evaluation. */
  unfinished: boolean;
}

/** By variant, in the order of the first run of each, the runs that are done; where none is, those that have been evaluated. */
export function countedRuns<R extends LensRun>(
  runs: readonly R[],
  tasks: readonly Pick<TaskInfo, 'id'>[],
): Counted<R>[] {
  const evaluated = runs.filter((run) => tasks.every(({ id }) => tells(run, `task.${id}`)));
  return [...group(evaluated, ({ variant }) => variant)].map(([variant, all]) => {
    const done = all.filter(({ status }) => status === 'done');
    return { variant, runs: done.length > 0 ? done : all, unfinished: done.length === 0 };
  });
}

/** Mean of what is a number; null where nothing is. */
const meanOf = (values: readonly (number | undefined)[]): number | null => {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? mean(known) : null;
};

/** Per task, what each variant reached beside what single-task models did. */
export function taskOutcomes<R extends LensRun>(
  tasks: readonly TaskInfo[],
  counted: readonly Counted<R>[],
): TaskOutcomes[] {
  return tasks.map((task) => {
    // The baseline of a seed is one model, whichever run tells of it.
    const singles = new Map(
      counted.flatMap(({ runs }) =>
        runs.map((run) => [run.seed, run.series.latest(`single.${task.id}`)] as const),
      ),
    );
    const outcomes = counted.map(({ variant, runs }): Outcome => {
      const values = runs.flatMap((run) => run.series.latest(`task.${task.id}`) ?? []);
      return {
        variant,
        value: mean(values),
        deviation: standardDeviation(values),
        delta: meanOf(runs.map((run) => run.series.latest(`taskDelta.${task.id}`))),
        seeds: values.length,
      };
    });
    return { task, single: meanOf([...singles.values()]), outcomes };
  });
}

/** What the numbers are means of: `mean of 3 seeds`, `means of 1 to 3 seeds`, `one seed`. */
export function seedsWords(counts: readonly number[]): string {
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'one seed';
  return fewest === most ? `mean of ${most} seeds` : `means of ${fewest} to ${most} seeds`;
}
