import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/data-source';
import { createWebDataSource } from '../../src/data/web-data-source';
import { imageOf, loadToy, memoryCaches, toySite } from './data-toy-site';

const examples = (count: number) => Array.from({ length: count }, (_, example) => example);
const flipped = (bytes: Uint8Array<ArrayBuffer>, at: number) =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

describe('loading', () => {
  it('gives both splits in order, with their labels', async () => {
    const { dataset } = await loadToy(toySite());
    expect(dataset.train.count).toBe(10);
    expect([...dataset.train.labels]).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1]);
    expect([...dataset.train.pixels]).toEqual(examples(10).flatMap(imageOf));
    expect([...dataset.test.pixels]).toEqual(examples(3).flatMap(imageOf));
    expect(dataset).toMatchObject({ name: 'toy', shape: [2, 3, 1], mean: [0.25], standardDeviation: [0.5] });
  });

  it.each([
    [0, []],
    [1, ['train-000.bin']],
    [4, ['train-000.bin']],
    [5, ['train-000.bin', 'train-001.bin']],
    [10, ['train-000.bin', 'train-001.bin', 'train-002.bin']],
  ])('fetches for %i training examples only the shards that hold them', async (train, shards) => {
    const site = toySite();
    const { dataset } = await loadToy(site, { train, test: 0 });
    expect(site.requests).toEqual(['toy/manifest.json', ...shards.map((file) => `toy/${file}`)]);
    expect(dataset.train.labels.length).toBe(train);
    expect([...dataset.train.pixels]).toEqual(examples(train).flatMap(imageOf));
  });

  it('gives all of a split that is smaller than the portion, and refuses a portion that is no count', async () => {
    const { dataset } = await loadToy(toySite(), { train: 11 });
    expect(dataset.train.count).toBe(10);
    await expect(loadToy(toySite(), { test: 1.5 })).rejects.toThrow(DataError);
    await expect(loadToy(toySite(), { train: -1 })).rejects.toThrow('has 10 examples; -1 were asked for');
  });

  it('reports bytes that only grow and end at the total', async () => {
    const { manifest, ...site } = toySite();
    const { progress } = await loadToy(site, { train: 4, test: 3 });
    const total = [manifest.train.shards[0], manifest.test.shards[0]].reduce(
      (sum, shard) => sum + (shard?.storedBytes ?? NaN),
      0,
    );
    expect(progress[0]).toEqual({ doneBytes: 0, totalBytes: total });
    expect(progress.at(-1)).toEqual({ doneBytes: total, totalBytes: total });
    const done = progress.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('has a digest that depends on the shards read alone', async () => {
    const [all, again, some] = await Promise.all([
      loadToy(toySite()),
      loadToy(toySite()),
      loadToy(toySite(), { train: 4 }),
    ]);
    expect(all.dataset.digest).toBe(again.dataset.digest);
    expect(all.dataset.digest).not.toBe(some.dataset.digest);
  });
});

describe('a shard that is not as it should be', () => {
  const file = 'toy/train-001.bin';
  const damaged = (damage: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) => {
    const site = toySite();
    site.files.set(file, damage(site.files.get(file) ?? new Uint8Array()));
    return loadToy(site);
  };

  it.each([
    ['truncated', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -5), 'is truncated'],
    ['too long', (bytes: Uint8Array<ArrayBuffer>) => Uint8Array.from([...bytes, 0]), 'is too long'],
    ['flipped in its data', (bytes: Uint8Array<ArrayBuffer>) => flipped(bytes, 20), 'is'],
    [
      'flipped in its check sum',
      (bytes: Uint8Array<ArrayBuffer>) => flipped(bytes, bytes.length - 6),
      'is damaged',
    ],
  ])('is an error when %s', async (_, damage, problem) => {
    await expect(damaged(damage)).rejects.toThrow(DataError);
    await expect(damaged(damage)).rejects.toThrow(`${file} ${problem}`);
    await expect(damaged(damage)).rejects.toThrow('npm run data toy');
  });

  it('is an error when it is sound gzip of the same size with other content', async () => {
    const site = toySite();
    const other = new Uint8Array(gzipSync(new Uint8Array(28)));
    site.files.set(file, other);
    for (const shard of site.manifest.train.shards)
      if (file.endsWith(shard.file)) shard.storedBytes = other.length;
    await expect(loadToy(site)).rejects.toThrow(`${file} is altered`);
  });

  it('is an error when the manifest counts other examples than it holds', async () => {
    const site = toySite();
    const [first, second] = site.manifest.train.shards;
    if (first && second) [first.count, second.count] = [3, 5];
    await expect(loadToy(site)).rejects.toThrow(
      'toy/train-000.bin is damaged: it unpacks to more than 21 bytes',
    );
  });

  it('is an error when it is missing', async () => {
    const site = toySite();
    site.files.delete(file);
    await expect(loadToy(site)).rejects.toThrow(`${file} is not there (HTTP 404). Run "npm run data toy"`);
  });
});

describe('names', () => {
  it('that are no names never reach the network', async () => {
    for (const name of ['../toy', 'toy/..', 'https://example.com', '', 'Toy']) {
      const site = toySite();
      await expect(loadToy(site, {}, undefined, name)).rejects.toThrow(DataError);
      expect(site.requests).toEqual([]);
    }
  });

  it('of unprepared data sets say what to do', async () => {
    await expect(loadToy(toySite(), {}, undefined, 'cifar-10')).rejects.toThrow(
      'Run "npm run data cifar-10"',
    );
  });
});

describe('the cache', () => {
  it('serves shards the second time', async () => {
    const { caches, entries } = memoryCaches();
    await loadToy(toySite(), {}, caches);
    expect(entries.size).toBe(4);
    const site = toySite();
    const { dataset, progress } = await loadToy(site, {}, caches);
    expect(site.requests).toEqual(['toy/manifest.json']);
    expect(dataset.train.count).toBe(10);
    expect(progress.at(-1)?.doneBytes).toBe(progress.at(-1)?.totalBytes);
  });

  it('is set right when an entry is corrupt', async () => {
    const { caches, entries } = memoryCaches();
    await loadToy(toySite(), {}, caches);
    const before = new Map(entries);
    for (const [key, bytes] of entries) entries.set(key, bytes.slice(0, 9));
    const site = toySite();
    const { dataset } = await loadToy(site, {}, caches);
    expect(site.requests).toHaveLength(5);
    expect([...dataset.test.pixels]).toEqual(examples(3).flatMap(imageOf));
    expect(entries).toEqual(before);
  });

  it('never keeps a shard that fails its check', async () => {
    const { caches, entries } = memoryCaches();
    const site = toySite();
    site.files.set('toy/train-000.bin', new Uint8Array(9));
    await expect(loadToy(site, {}, caches)).rejects.toThrow(DataError);
    expect(entries.size).toBe(0);
  });

  it('that refuses is done without', async () => {
    const refuse = () => Promise.reject(new Error('quota'));
    const { dataset } = await loadToy(toySite(), {}, { open: refuse });
    expect(dataset.train.count).toBe(10);
  });
});

describe('stopping', () => {
  it('ends with the reason, and no shard is fetched after it', async () => {
    const site = toySite();
    const abort = new AbortController();
    const source = createWebDataSource(new URL('https://example.org/lab/data/'), site);
    const loading = source.load('toy', {}, abort.signal);
    await loading.next();
    abort.abort(new Error('stopped'));
    await expect(loading.next()).rejects.toThrow('stopped');
    expect(site.requests).toEqual(['toy/manifest.json']);
  });

  it('says plainly that there is no server', async () => {
    const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(loadToy({ fetch })).rejects.toThrow(
      'toy/manifest.json could not be fetched (Failed to fetch)',
    );
  });
});
