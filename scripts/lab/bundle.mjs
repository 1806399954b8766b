import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { sourceDigest } from '../build-stamp.mjs';
import { viteBuild } from '../vite-build.mjs';

const BUNDLES = path.resolve('.cache/lab');
/** A command that runs still loads parts of the bundle it began with. None runs for a day. */
const KEPT_MS = 24 * 3600 * 1000;

const isThere = (/** @type {string} */ file) =>
  stat(file).then(
    () => true,
    () => false,
  );

async function removeOld() {
  for (const name of await readdir(BUNDLES)) {
    const folder = path.join(BUNDLES, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Builds `src/cli` where its sources have changed. Each state of the sources has a folder of its own, which appears
 * whole: commands that start together, or while another runs, do not see half a bundle.
 * @returns {Promise<string>} path of the bundle's entry
 * @throws Error when the build fails
 */
export async function builtCommandLine() {
  const folder = path.join(BUNDLES, (await sourceDigest()).slice(0, 16));
  if (!(await isThere(folder))) {
    await mkdir(BUNDLES, { recursive: true });
    await removeOld();
    const unfinished = `${folder}-${process.pid}`;
    await viteBuild(['--config', 'vite.lab.config.ts', '--outDir', unfinished, '--emptyOutDir']);
    try {
      await rename(unfinished, folder);
    } catch (error) {
      if (!(await isThere(folder))) throw error;
      await rm(unfinished, { recursive: true }); // another command was faster
    }
  }
  return path.join(folder, 'main.cjs');
}
