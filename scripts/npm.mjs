import { spawn } from 'node:child_process';

/**
 * Starts npm: the very one that runs this script where there is one, else the one on the path.
 * @param {readonly string[]} args plain words: on Windows a shell reads them
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function spawnNpm(args, options = {}) {
  const own = process.env.npm_execpath;
  if (own !== undefined && /\.c?js$/.test(own)) return spawn(process.execPath, [own, ...args], options);
  // Windows has npm as a batch file, which only a shell starts.
  return spawn('npm', args, { ...options, shell: process.platform === 'win32' });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} exit code, 1 for a process that a signal ended or that could not start
 */
export const exitCode = (child) =>
  new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
