import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** All that a build depends on, data sets apart: those are served from where they are. */
const SOURCES = [
  'src',
  'workers',
  'seeds',
  'public',
  'index.html',
  'vite.config.ts',
  'tsconfig.json',
  'package-lock.json',
];
const STAMP = path.join('dist', '.build-stamp');

/** @returns {Promise<string[]>} the file itself, or all files below the folder; none where there is neither */
async function filesOf(/** @type {string} */ source) {
  const entries = await readdir(source, { recursive: true, withFileTypes: true }).catch((error) =>
    error.code === 'ENOTDIR' ? null : [],
  );
  if (entries === null) return [source];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Hash of the sources' names and contents. */
async function sourceDigest() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of await filesOf(source)) hash.update(`${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** Whether `dist` was built from the sources as they are. The stamp lies in `dist`: any other build wipes it out. */
export async function isBuildFresh() {
  const stamp = await readFile(STAMP, 'utf8').catch(() => null);
  return stamp !== null && stamp === (await sourceDigest());
}

/** Notes what `dist` was built from. */
export async function stampBuild() {
  await writeFile(STAMP, await sourceDigest());
}
