import { gramianFrom } from '../../../methods/weighting/gramian';
import { conflictShare, similarities } from '../../../methods/weighting/similarity';
import type { Measurement, Similar } from './measurement';

/** A gradient of one image's loss of one task. */
interface Single {
  image: number;
  task: number;
}

/**
 * How the gradients of single images and tasks stand to each other.
 * @param gramian `[images · tasks, images · tasks]`, tasks fastest
 * @param opposite at the same places, the share of parameters whose entries have opposite signs
 * @param tasks how many were compared
 */
export function comparePairs(
  gramian: ArrayLike<number>,
  opposite: ArrayLike<number>,
  tasks: number,
): Measurement['between'] {
  const size = Math.round(Math.sqrt(gramian.length));
  const pairs = similarities(gramianFrom(gramian)).map((similarity) => ({
    ...similarity,
    opposite: opposite[similarity.pair[0] * size + similarity.pair[1]] ?? NaN,
  }));
  const at = (row: number): Single => ({ image: Math.floor(row / tasks), task: row % tasks });
  const such = (isAlike: (a: Single, b: Single) => boolean): Similar => {
    const chosen = pairs.filter(({ pair: [i, j] }) => isAlike(at(i), at(j)));
    return {
      cosine: meanOf(chosen.map(({ cosine }) => cosine)),
      magnitude: meanOf(chosen.map(({ magnitude }) => magnitude)),
      conflicts: conflictShare(chosen),
      opposite: meanOf(chosen.map((pair) => pair.opposite)),
    };
  };
  return {
    tasks: such((a, b) => a.image === b.image),
    samples: such((a, b) => a.task === b.task),
  };
}

/** Mean of the values there are. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Up to `most` of so many tasks, evenly spread, the first and the last among them. */
export const spreadOver = (tasks: number, most: number): number[] =>
  tasks <= most
    ? Array.from({ length: tasks }, (_, k) => k)
    : Array.from({ length: most }, (_, i) => Math.round((i * (tasks - 1)) / (most - 1)));
