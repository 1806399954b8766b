import type { MetricColumns, RunSeries } from '../../../run/run-series';
import { countText } from '../../../ui/quantity';
import { sameButFor } from './same-but-for';
import { tells, type LensRun } from './lens-run';

/** Weights no further apart than this count as the same. */
const WITHIN = 1.1;

/** How the weights of one task in two runs come together. */
export interface Meeting {
  task: string;
  /** Number of the first step from which on they stay within 10 %; null where they are further apart at the end. */
  from: number | null;
  /** Larger over smaller weight at the last step that both have told. */
  atEnd: number;
  /** That step. */
  end: number;
}

/** Pairs of UW runs that differ in nothing but the start of s, for every seed; in each pair the usual start comes first. */
export function startPairs<R extends LensRun>(runs: readonly R[], usualStart: unknown): [R, R][] {
  const learned = runs.filter(({ spec }) => spec['method'] === 'uw');
  const rank = ({ spec }: R): number => (spec['start'] === usualStart ? 0 : 1);
  const ordered = learned.toSorted((a, b) => rank(a) - rank(b));
  return ordered.flatMap((first, i) =>
    ordered
      .slice(i + 1)
      .filter((second) => sameButFor('start', first, second))
      .map((second): [R, R] => [first, second]),
  );
}

const ratio = (a: number, b: number): number => Math.max(a / b, b / a);

/** Follows one task from the end back to the last step at which the weights were apart. */
function meetingOf(task: string, a: MetricColumns, b: MetricColumns): Meeting | null {
  const length = Math.min(a.length, b.length);
  const last = length - 1;
  if (last < 0) return null;
  const at = (i: number): number => ratio(a.value[i] ?? NaN, b.value[i] ?? NaN);
  let apart = last;
  while (apart >= 0 && at(apart) <= WITHIN) apart--; // NaN is apart
  return {
    task,
    from: apart === last ? null : (a.step[apart + 1] ?? null),
    atEnd: at(last),
    end: a.step[last] ?? 0,
  };
}

/** The meetings of all tasks that both runs tell weights of, the one that takes longest first. */
export function meetings(tasks: readonly string[], a: RunSeries, b: RunSeries): Meeting[] {
  const found = tasks.flatMap((task) => {
    const [ours, theirs] = [a.of(`weight.${task}`), b.of(`weight.${task}`)];
    return (ours && theirs && meetingOf(task, ours, theirs)) ?? [];
  });
  const lateness = ({ from, atEnd }: Meeting): number => (from === null ? 1e12 * atEnd : from);
  return found.sort((x, y) => lateness(y) - lateness(x));
}

/** Whether two runs have come far enough to be compared. */
export const bothWeigh = (tasks: readonly string[], [a, b]: readonly [LensRun, LensRun]): boolean =>
  tasks.every((task) => tells(a, `weight.${task}`) && tells(b, `weight.${task}`));

/** `1.12`, `3.4`, `120`: how many times larger. */
const fold = (value: number): string =>
  value >= 100 ? countText(Math.round(value)) : value.toFixed(value < 2 ? 2 : value < 10 ? 1 : 0);

/**
 * When a bad start is forgotten, in a sentence.
 * @param found the longest first
 * @param nameOf a task's name within a sentence
 */
export function inertiaWords(
  found: readonly Meeting[],
  nameOf: (task: string) => string,
  { ended }: { ended: boolean },
): string {
  const [worst] = found;
  if (!worst) return '';
  const end = countText(worst.end);
  const last = found.length > 1 ? `; ${nameOf(worst.task)} is the last task` : '';
  if (!Number.isFinite(worst.atEnd))
    return `One of the two starts gives no finite weight at step ${end} (${nameOf(worst.task)}).`;
  if (worst.from === null) {
    const others = found.length > 1 ? `, for ${nameOf(worst.task)}, the worst task` : '';
    return `The two starts’ weights are still ${fold(worst.atEnd)}-fold apart at ${ended ? 'the end, ' : ''}step ${end}${others}.`;
  }
  if (found.every(({ from }) => from === 1))
    return 'The two starts’ weights are within 10 % of each other at every step.';
  const of = ended ? ` of ${end}` : '';
  return `The two starts’ weights are within 10 % of each other from step ${countText(worst.from)}${of} on${ended ? '' : ', so far'}${last}.`;
}
