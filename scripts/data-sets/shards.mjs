import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { toResiduals } from './paeth.mjs';
import { sha256 } from './sha256.mjs';

/** The layout that `src/data/manifest.ts` reads; raise both together. */
export const FORMAT = 1;

/** Examples in a shard: few requests for a whole training split, few needless bytes for a small portion. */
const SHARD_EXAMPLES = { train: 5000, test: 1000 };

/**
 * Writes one split as shards `train-000.bin`, …: gzip of the labels, a byte each, then the images.
 * The name says nothing of gzip, so that no server adds `Content-Encoding` and unpacks what the worker must check.
 * @param {string} folder
 * @param {'train' | 'test'} split
 * @param {import('./idx-data-set.mjs').Examples} examples
 * @param {{ shape: readonly number[], pixelEncoding: string }} layout
 * @param {(examples: number) => void} report called with the examples written
 */
export async function writeSplit(folder, split, { labels, pixels }, { shape, pixelEncoding }, report) {
  const imageBytes = shape.reduce((product, size) => product * size, 1);
  if (pixels.length !== labels.length * imageBytes) {
    throw new Error(`${labels.length} labels do not go with ${pixels.length} bytes of images.`);
  }
  const size = SHARD_EXAMPLES[split];
  let done = 0;
  const writeShard = async (/** @type {number} */ index) => {
    const [first, end] = [index * size, Math.min((index + 1) * size, labels.length)];
    const shardLabels = labels.subarray(first, end);
    const shardPixels = pixels.subarray(first * imageBytes, end * imageBytes);
    const coded = pixelEncoding === 'paeth' ? toResiduals(shardPixels, shape) : shardPixels;
    // Residuals are mostly small numbers in no order: the search for repeated strings finds little in them.
    const strategy = pixelEncoding === 'paeth' ? constants.Z_FILTERED : constants.Z_DEFAULT_STRATEGY;
    const stored = await promisify(gzip)(Buffer.concat([shardLabels, coded]), { strategy });
    const file = `${split}-${String(index).padStart(3, '0')}.bin`;
    await writeFile(path.join(folder, file), stored);
    report((done += end - first));
    return {
      file,
      count: end - first,
      storedBytes: stored.length,
      storedSha256: sha256(stored),
      sha256: sha256(shardLabels, shardPixels),
    };
  };
  // All at once: packing runs on Node's own threads while the next shard is predicted on this one.
  const indices = Array.from({ length: Math.ceil(labels.length / size) }, (_, index) => index);
  const shards = await Promise.all(indices.map(writeShard));
  return { count: labels.length, shards };
}

/**
 * Whether a folder holds a whole prepared data set, every byte of it as its manifest says.
 * @param {string} folder
 */
export async function isComplete(folder) {
  try {
    const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
    if (manifest.format !== FORMAT) return false;
    for (const { file, storedSha256 } of [...manifest.train.shards, ...manifest.test.shards]) {
      if (sha256(await readFile(path.join(folder, file))) !== storedSha256) return false;
    }
    return true;
  } catch {
    return false; // missing or unreadable: prepare it anew
  }
}
