import { digestOf } from '../spec/digest';
import { DataError } from './data-source';
import type { Dataset, DataSource, LoadProgress, Portion, Split } from './data-source';
import { decodeShard } from './decode-shard';
import type { ShardContent } from './decode-shard';
import { open, readBody } from './download';
import type { Fetch } from './download';
import { parseManifest } from './manifest';
import type { Manifest, Shard } from './manifest';
import { planSplit } from './portion';
import type { SplitPlan } from './portion';
import { browserShardCache } from './shard-cache';
import type { Caches } from './shard-cache';

/** What a data source takes from its surroundings; tests and Node put in their own. */
export interface Surroundings {
  fetch: Fetch;
  /** Absent where the page is not served securely. */
  caches?: Caches;
}

/** The browser's own; `caches` is missing on pages that are not served securely. */
const browserSurroundings = (): Surroundings => ({
  fetch: (url, init) => fetch(url, init),
  ...('caches' in globalThis ? { caches: globalThis.caches } : {}),
});

/**
 * Reads prepared data sets from a folder of the site.
 * @param baseUrl the folder that holds one folder per data set; ends with a slash. The build decides it: text from the
 *   page's address must never get here.
 */
export function createWebDataSource(baseUrl: URL, surroundings = browserSurroundings()): DataSource {
  const { fetch } = surroundings;
  const cache = browserShardCache(baseUrl, surroundings.caches);

  async function readManifest(name: string, signal: AbortSignal): Promise<Manifest> {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw new DataError(`"${name}" is no data set's name.`);
    const file = `${name}/manifest.json`;
    const response = await open(fetch, new URL(file, baseUrl), file, 'no-cache', signal);
    return parseManifest(await response.text(), name);
  }

  async function* readShard(
    shard: Shard,
    manifest: Manifest,
    before: LoadProgress,
    signal: AbortSignal,
  ): AsyncGenerator<LoadProgress, ShardContent, void> {
    const kept = await cache.read(shard);
    if (kept !== null) {
      try {
        return await decodeShard(kept, shard, manifest);
      } catch {
        await cache.drop(shard); // the disk lied: the server is asked once more
      }
    }
    const file = `${manifest.name}/${shard.file}`;
    // Kept in our own cache, under its digest: the browser's would hold it a second time and could be stale.
    const response = await open(fetch, new URL(file, baseUrl), file, 'no-store', signal);
    const stored = yield* readBody(response, shard.storedBytes, before, signal);
    const content = await decodeShard(stored, shard, manifest);
    await cache.write(shard, stored);
    return content;
  }

  async function* load(
    name: string,
    portion: Portion,
    signal: AbortSignal,
  ): AsyncGenerator<LoadProgress, Dataset, void> {
    signal.throwIfAborted();
    const manifest = await readManifest(name, signal);
    const plans = {
      train: planSplit(manifest.train, portion.train, `The training split of ${name}`),
      test: planSplit(manifest.test, portion.test, `The test split of ${name}`),
    };
    const needed = [...plans.train.shards, ...plans.test.shards];
    const totalBytes = needed.reduce((sum, shard) => sum + shard.storedBytes, 0);
    let doneBytes = 0;
    yield { doneBytes, totalBytes };

    async function* readSplit(plan: SplitPlan): AsyncGenerator<LoadProgress, Split, void> {
      const imageBytes = manifest.shape[0] * manifest.shape[1] * manifest.shape[2];
      const labels = new Uint8Array(plan.count);
      const pixels = new Uint8Array(plan.count * imageBytes); // [count, height, width, channels]
      let first = 0;
      for (const shard of plan.shards) {
        signal.throwIfAborted();
        const content = yield* readShard(shard, manifest, { doneBytes, totalBytes }, signal);
        const taken = Math.min(shard.count, plan.count - first); // the last shard may hold more than was asked for
        labels.set(content.labels.subarray(0, taken), first);
        pixels.set(content.pixels.subarray(0, taken * imageBytes), first * imageBytes);
        first += taken;
        doneBytes += shard.storedBytes;
        yield { doneBytes, totalBytes };
      }
      return { count: plan.count, pixels, labels };
    }

    const train = yield* readSplit(plans.train);
    const test = yield* readSplit(plans.test);
    const { shape, classes, mean, standardDeviation } = manifest;
    const digest = digestOf(needed.map((shard) => shard.sha256));
    return { name, shape, classes, mean, standardDeviation, train, test, digest };
  }

  return { load };
}
