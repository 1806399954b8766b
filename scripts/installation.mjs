import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { exitCode, spawnNpm } from './npm.mjs';

const OLDEST_NODE = [20, 19];

/** @returns {string | null} what is wrong with this version of Node, in a sentence */
export function nodeProblem(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOldEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return isOldEnough
    ? null
    : `Seedlab needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${version}.`;
}

/** The packages that a lock file lists, by folder. */
async function lockedPackages(/** @type {string} */ file) {
  return /** @type {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */ (
    JSON.parse(await readFile(file, 'utf8')).packages
  );
}

/** Whether node_modules holds what package-lock.json asks for, by npm's own note of what it put there. */
async function isInstalled() {
  try {
    const wanted = await lockedPackages('package-lock.json');
    const present = await lockedPackages(path.join('node_modules', '.package-lock.json'));
    return Object.entries(wanted).every(([folder, { version, optional, devOptional }]) => {
      if (folder === '') return true; // the project itself
      const found = present[folder];
      return found === undefined ? Boolean(optional ?? devOptional) : found.version === version;
    });
  } catch {
    return false; // no node_modules, or not npm's
  }
}

/**
 * Installs the project's packages unless they are there.
 * @param {NodeJS.WriteStream} [output] where npm and we say so
 * @throws Error when npm fails; npm has said why.
 */
export async function installPackages(output = process.stdout) {
  if (await isInstalled()) return;
  output.write('Installing packages …\n');
  const code = await exitCode(
    spawnNpm(['ci', '--no-fund', '--no-audit'], { stdio: ['inherit', output, 'inherit'] }),
  );
  if (code !== 0) throw new Error('npm could not install the packages; see its message above.');
}
