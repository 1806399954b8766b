import { execFileSync } from 'node:child_process';
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
  'vite.lab.config.ts',
  'scripts/build-name.ts',
  'scripts/explanations',
  'scripts/vite-data-sets.ts',
  'scripts/vite-explanations.ts',
  'tsconfig.json',
  'package-lock.json',
];
const stampIn = (/** @type {string} */ folder) => path.join(folder, '.build-stamp');

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

/** The commit that a build is named after; empty outside a checkout. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** Hash of the sources' names and contents, and of the commit. */
export async function sourceDigest() {
  const hash = createHash('sha256').update(commit());
  for (const source of SOURCES) {
    for (const file of await filesOf(source)) hash.update(`${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** Whether a folder was built from the sources as they are. The stamp lies in it: any other build wipes it out. */
export async function isBuildFresh(folder = 'dist') {
  const stamp = await readFile(stampIn(folder), 'utf8').catch(() => null);
  return stamp !== null && stamp === (await sourceDigest());
}

/** Notes what a folder was built from. */
export async function stampBuild(folder = 'dist') {
  await writeFile(stampIn(folder), await sourceDigest());
}
