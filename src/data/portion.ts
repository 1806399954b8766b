import { DataError } from './data-source';
import type { Shard, SplitManifest } from './manifest';

/** The shards that hold the first examples of a split, and how many examples to take of them. */
export interface SplitPlan {
  count: number;
  shards: readonly Shard[];
}

/**
 * Chooses the shards for the first `wanted` examples: all of the split where it is undefined or the split holds fewer,
 * so that one setting serves data sets of different sizes. The run's facts say how many there were.
 * @throws DataError for a count that is negative or not whole.
 */
export function planSplit(split: SplitManifest, wanted: number | undefined, title: string): SplitPlan {
  if (wanted !== undefined && (!Number.isSafeInteger(wanted) || wanted < 0))
    throw new DataError(`${title} has ${split.count} examples; ${wanted} were asked for.`);
  const count = Math.min(wanted ?? split.count, split.count);
  const shards: Shard[] = [];
  let covered = 0;
  for (const shard of split.shards) {
    if (covered >= count) break;
    shards.push(shard);
    covered += shard.count;
  }
  return { count, shards };
}
