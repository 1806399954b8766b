import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadToy, sha256 } from './data-toy-site';

/** Serves what `npm run data` prepared. */
const fetch = async (url: URL): Promise<Response> =>
  new Response(await readFile(path.join('.data', url.pathname.replace('/lab/data/', ''))));

const load = async (name: string) => (await loadToy({ fetch }, {}, undefined, name)).dataset;

/** The official IDX file's digest, from its values. */
function idxDigest(sizes: readonly number[], values: Uint8Array): string {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt16BE(0x0800 + sizes.length, 2);
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return sha256(Buffer.concat([header, values]));
}

/** Of single-channel pixels, scaled to [0, 1]; the sums are whole numbers and exact. */
function statistics(pixels: Uint8Array) {
  let [sum, squares] = [0, 0];
  for (const value of pixels) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / pixels.length;
  return { mean: mean / 255, deviation: Math.sqrt(squares / pixels.length - mean ** 2) / 255 };
}

const prepared = (name: string) => existsSync(path.join('.data', name, 'manifest.json'));

// Fashion-MNIST is prepared by `npm test`; the others only where somebody asked for them.
describe('Fashion-MNIST', () => {
  it('is the official data, byte for byte', { timeout: 60_000 }, async () => {
    const { train, test, mean, standardDeviation, classes } = await load('fashion-mnist');
    expect([train.count, test.count, classes.length]).toEqual([60_000, 10_000, 10]);
    expect([...train.labels.subarray(0, 5), ...test.labels.subarray(0, 5)]).toEqual([
      9, 0, 0, 3, 0, 9, 2, 1, 1, 6,
    ]);
    expect([
      idxDigest([60_000, 28, 28], train.pixels),
      idxDigest([60_000], train.labels),
      idxDigest([10_000, 28, 28], test.pixels),
      idxDigest([10_000], test.labels),
    ]).toEqual([
      'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    ]);
    const computed = statistics(train.pixels);
    expect(mean[0]).toBeCloseTo(0.28604, 4);
    expect(standardDeviation[0]).toBeCloseTo(0.35302, 4);
    expect(computed.mean).toBeCloseTo(mean[0] ?? NaN, 12);
    expect(computed.deviation).toBeCloseTo(standardDeviation[0] ?? NaN, 12);
  });
});

describe.skipIf(!prepared('mnist'))('MNIST', () => {
  it('has the official figures', { timeout: 60_000 }, async () => {
    const { train, test, mean, standardDeviation } = await load('mnist');
    expect([train.count, test.count]).toEqual([60_000, 10_000]);
    expect([...train.labels.subarray(0, 5), ...test.labels.subarray(0, 5)]).toEqual([
      5, 0, 4, 1, 9, 7, 2, 1, 0, 4,
    ]);
    expect(mean[0]).toBeCloseTo(0.13066, 5);
    expect(standardDeviation[0]).toBeCloseTo(0.30811, 5);
  });
});

describe.skipIf(!prepared('cifar-10'))('CIFAR-10', () => {
  it('has the official figures', { timeout: 120_000 }, async () => {
    const { train, test, mean, standardDeviation } = await load('cifar-10');
    expect([train.count, test.count]).toEqual([50_000, 10_000]);
    expect([...train.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...test.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    const rounded = (values: readonly number[]) => values.map((value) => value.toFixed(5));
    expect(rounded(mean)).toEqual(['0.49140', '0.48216', '0.44653']);
    expect(rounded(standardDeviation)).toEqual(['0.24703', '0.24349', '0.26159']);
  });
});
