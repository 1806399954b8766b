import { spawn } from 'node:child_process';
import path from 'node:path';
import { exitCode } from './npm.mjs';

/**
 * Runs Vite's build with everything that it says on standard error, for programs whose standard output is somebody
 * else's input.
 * @param {readonly string[]} args
 * @throws Error when it fails
 */
export async function viteBuild(args, /** @type {NodeJS.ProcessEnv} */ env = process.env) {
  const program = path.resolve('node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [program, 'build', '--logLevel', 'warn', ...args], {
    stdio: ['ignore', process.stderr, 'inherit'],
    env,
  });
  if ((await exitCode(child)) !== 0) throw new Error('The build failed; see its message above.');
}
