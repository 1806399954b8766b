import { DataError } from './data-source';
import type { Shard, SplitManifest } from './manifest';

/** The shards that hold the first examples of a split, and how many examples to take of them. */
export interface SplitPlan {
  count: number;
  shards: readonly Shard[];
}

/**
 * Chooses the shards for the first `wanted` examples, all of them where it is undefined.
 * @throws DataError when the split holds fewer: a smaller set would be a silent change of the experiment.
 */
export function planSplit(split: SplitManifest, wanted: number | undefined, title: string): SplitPlan {
  const count = wanted ?? split.count;
  if (!Number.isSafeInteger(count) || count < 0 || count > split.count) {
    throw new DataError(`${title} has ${split.count} examples; ${count} were asked for.`);
  }
  const shards: Shard[] = [];
  let covered = 0;
  for (const shard of split.shards) {
    if (covered >= count) break;
    shards.push(shard);
    covered += shard.count;
  }
  return { count, shards };
}
