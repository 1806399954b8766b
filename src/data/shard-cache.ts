import type { Shard } from './manifest';

/** Keeps stored shards between runs and visits, by the digest of their bytes: a changed data set is never mistaken. */
export interface ShardCache {
  read(shard: Shard): Promise<Uint8Array<ArrayBuffer> | null>;
  write(shard: Shard, stored: Uint8Array<ArrayBuffer>): Promise<void>;
  drop(shard: Shard): Promise<void>;
}

/** The part of the browser's `caches` that is used. */
export interface Caches {
  open(name: string): Promise<Pick<Cache, 'match' | 'put' | 'delete'>>;
}

const CACHE_NAME = 'seedlab-shards';

/**
 * A cache in the browser's Cache API. It never fails a run: where the API is missing, refuses or is full, it remembers
 * nothing and the shards are fetched again.
 * @param baseUrl any address on this site; the Cache API takes keys that look like addresses.
 */
export function browserShardCache(baseUrl: URL, storage: Caches | undefined): ShardCache {
  const keyOf = (shard: Shard): string => new URL(`cached-shards/${shard.storedSha256}`, baseUrl).href;
  const attempt = async <T>(
    use: (cache: Pick<Cache, 'match' | 'put' | 'delete'>) => Promise<T>,
  ): Promise<T | null> => {
    try {
      return storage === undefined ? null : await use(await storage.open(CACHE_NAME));
    } catch {
      return null; // quota, private browsing, a site without secure context: all mean no cache
    }
  };
  return {
    read: (shard) =>
      attempt(async (cache) => {
        const response = await cache.match(keyOf(shard));
        return response === undefined ? null : new Uint8Array(await response.arrayBuffer());
      }),
    write: async (shard, stored) => {
      await attempt((cache) => cache.put(keyOf(shard), new Response(stored)));
    },
    drop: async (shard) => {
      await attempt((cache) => cache.delete(keyOf(shard)));
    },
  };
}
