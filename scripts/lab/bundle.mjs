import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { sourceDigest } from '../build-stamp.mjs';
import { viteBuild } from '../vite-build.mjs';

const BUNDLES = path.resolve('.cache/lab');
/** A command that runs still loads parts of the bundle it began with. None runs for a day. */
const KEPT_MS = 24 * 3600 * 1000;

/** When a folder was made; null where there is none, be it that another command has just renamed or removed it. */
const madeAt = (/** @type {string} */ folder) =>
  stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );

async function removeOld() {
  for (const name of await readdir(BUNDLES)) {
    const folder = path.join(BUNDLES, name);
    const at = await madeAt(folder);
    if (at !== null && Date.now() - at > KEPT_MS) await rm(folder, { recursive: true, force: true });
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
  if ((await madeAt(folder)) === null) {
    await mkdir(BUNDLES, { recursive: true });
    await removeOld();
    const unfinished = `${folder}-${process.pid}`;
    await viteBuild(['--config', 'vite.lab.config.ts', '--outDir', unfinished, '--emptyOutDir']);
    try {
      await rename(unfinished, folder);
    } catch (error) {
      if ((await madeAt(folder)) === null) throw error;
      await rm(unfinished, { recursive: true }); // another command was faster
    }
  }
  return path.join(folder, 'main.cjs');
}
