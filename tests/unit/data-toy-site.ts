import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { LoadProgress, Dataset, Portion } from '../../src/data/data-source';
import type { Caches } from '../../src/data/shard-cache';
import { createWebDataSource } from '../../src/data/web-data-source';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Images of 2 × 3 pixels; example i of a split has label i mod 4 and pixels that count on from 7 i. */
const IMAGE_BYTES = 6;
const labelOf = (example: number): number => example % 4;
export const imageOf = (example: number): number[] =>
  Array.from({ length: IMAGE_BYTES }, (_, at) => (7 * example + at) % 256);

function shardOf(split: 'train' | 'test', index: number, first: number, count: number) {
  const examples = Array.from({ length: count }, (_, at) => first + at);
  const content = Uint8Array.from([...examples.map(labelOf), ...examples.flatMap(imageOf)]);
  const stored = new Uint8Array(gzipSync(content));
  const file = `${split}-00${index}.bin`;
  const entry = {
    file,
    count,
    storedBytes: stored.length,
    storedSha256: sha256(stored),
    sha256: sha256(content),
  };
  return { entry, stored };
}

/** A data set "toy": 10 training examples in shards of 4, 4 and 2, and 3 test examples in one. */
export function toySite() {
  const shards = [
    shardOf('train', 0, 0, 4),
    shardOf('train', 1, 4, 4),
    shardOf('train', 2, 8, 2),
    shardOf('test', 0, 0, 3),
  ];
  const entries = shards.map(({ entry }) => entry);
  const manifest = {
    format: 1,
    name: 'toy',
    shape: [2, 3, 1],
    classes: ['a', 'b', 'c', 'd'],
    mean: [0.25],
    standardDeviation: [0.5],
    pixelEncoding: 'plain',
    train: { count: 10, shards: entries.slice(0, 3) },
    test: { count: 3, shards: entries.slice(3) },
  };
  const files = new Map<string, Uint8Array<ArrayBuffer>>(
    shards.map(({ entry, stored }) => [`toy/${entry.file}`, stored]),
  );
  const requests: string[] = [];
  const fetch = (url: URL, init: RequestInit): Promise<Response> => {
    init.signal?.throwIfAborted();
    const file = url.pathname.replace('/lab/data/', '');
    requests.push(file);
    if (file === 'toy/manifest.json') return Promise.resolve(new Response(JSON.stringify(manifest)));
    const body = files.get(file);
    return Promise.resolve(new Response(body ?? 'none', { status: body ? 200 : 404 }));
  };
  return { manifest, files, requests, fetch };
}

export type ToySite = ReturnType<typeof toySite>;

/** Stands in for the browser's caches: entries by address. */
export function memoryCaches() {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  const addressOf = (key: RequestInfo | URL): string => (key instanceof Request ? key.url : key.toString());
  const caches: Caches = {
    open: () =>
      Promise.resolve({
        match: async (key) => {
          const kept = entries.get(addressOf(key));
          return kept && new Response(kept);
        },
        put: async (key, response) => {
          entries.set(addressOf(key), new Uint8Array(await response.arrayBuffer()));
        },
        delete: async (key) => entries.delete(addressOf(key)),
      }),
  };
  return { entries, caches };
}

/** Loads to the end and gathers the progress. */
export async function loadToy(
  site: Pick<ToySite, 'fetch'>,
  portion: Portion = {},
  caches?: Caches,
  name = 'toy',
): Promise<{ dataset: Dataset; progress: LoadProgress[] }> {
  const source = createWebDataSource(new URL('https://example.org/lab/data/'), {
    fetch: site.fetch,
    ...(caches && { caches }),
  });
  const progress: LoadProgress[] = [];
  const loading = source.load(name, portion, new AbortController().signal);
  for (;;) {
    const next = await loading.next();
    if (next.done) return { dataset: next.value, progress };
    progress.push(next.value);
  }
}
