import type { RunSeries } from '../../../run/run-series';
import type { TaskInfo } from '../tasks';
import { MOST_TASK_COLOURS } from './task-colours';

/** Of many tasks, how many at each end of the weights stand out by themselves. */
const EXTREMES = 2;

/** Mean of a task's weight over the latter half of what has been told; a single step jitters. */
function settledWeight(series: RunSeries, task: string): number {
  const columns = series.of(`weight.${task}`);
  if (!columns || columns.length === 0) return NaN;
  const from = Math.floor(columns.length / 2);
  let sum = 0;
  for (let i = from; i < columns.length; i++) sum += columns.value[i] ?? NaN;
  return sum / (columns.length - from);
}

/**
 * The tasks whose lines have a colour and a name, as many as there are colours at most: all where they are few; else those
 * the reader chose; else the two of the largest and the two of the smallest weight in the latter half of the training.
 * @param chosen ids, of which the last ones count where they are too many
 */
export function standingOut(
  tasks: readonly Pick<TaskInfo, 'id'>[],
  chosen: readonly string[],
  series: RunSeries,
): string[] {
  const ids = tasks.map(({ id }) => id);
  if (ids.length <= MOST_TASK_COLOURS) return ids;
  const known = chosen.filter((id) => ids.includes(id)).slice(-MOST_TASK_COLOURS);
  if (known.length > 0) return known;
  const ranked = ids
    .map((id) => ({ id, weight: settledWeight(series, id) }))
    .filter(({ weight }) => Number.isFinite(weight))
    .sort((a, b) => b.weight - a.weight);
  // Without weights, or with equal ones, the ends of the list stand for them: tasks are listed from common to rare.
  const first = ranked[0]?.weight;
  const ordered =
    ranked.length < ids.length || ranked.every(({ weight }) => weight === first)
      ? ids
      : ranked.map(({ id }) => id);
  return [...ordered.slice(0, EXTREMES), ...ordered.slice(-EXTREMES)];
}
