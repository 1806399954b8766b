import { parseIdx } from './idx.mjs';
import { sha256 } from './sha256.mjs';

/**
 * @typedef {{ pixels: Uint8Array, labels: Uint8Array }} Examples
 * @typedef {{ train: Examples, test: Examples }} Splits
 * @typedef {Record<'train-images' | 'train-labels' | 'test-images' | 'test-labels', string>} IdxDigests
 */

/** @throws Error when the content is not the official one. */
function requireDigest(
  /** @type {string} */ what,
  /** @type {string} */ seen,
  /** @type {string} */ official,
) {
  if (seen !== official) throw new Error(`${what} has SHA-256 ${seen}; the official file has ${official}.`);
}

/**
 * Checks four IDX files against the digests of the official ones.
 * @param {Record<keyof IdxDigests, Buffer>} files
 * @param {IdxDigests} digests
 * @returns {Splits}
 */
export function splitsFromIdx(files, digests) {
  const values = (/** @type {keyof IdxDigests} */ name) => {
    requireDigest(name, sha256(files[name]), digests[name]);
    return parseIdx(files[name]).values;
  };
  return {
    train: { pixels: values('train-images'), labels: values('train-labels') },
    test: { pixels: values('test-images'), labels: values('test-labels') },
  };
}
