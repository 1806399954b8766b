import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/**
 * Reads files out of a packed npm package: a gzipped tar of plain files.
 * @param {string} archive path of the .tgz
 * @param {readonly string[]} names paths inside the package
 * @returns {Promise<Buffer[]>} contents, in the order of `names`
 * @throws Error when the archive lacks one.
 */
export async function readFromArchive(archive, names) {
  const tar = gunzipSync(await readFile(archive));
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const name = textAt(tar, at, 100);
    const size = parseInt(textAt(tar, at + 124, 12), 8);
    if (!(size >= 0)) throw new Error(`${archive} is no tar file (at byte ${at}).`);
    files.set(name, tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return names.map((name) => {
    const content = files.get(`package/${name}`);
    if (content === undefined) throw new Error(`${archive} holds no ${name}.`);
    return content;
  });
}

/** Text up to the first zero byte. */
function textAt(/** @type {Buffer} */ tar, /** @type {number} */ start, /** @type {number} */ length) {
  const field = tar.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end).trim();
}
