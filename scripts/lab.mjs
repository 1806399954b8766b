/**
 * The lab on the command line: `npm run lab -- run "<URL or query>"`, `npm run lab -- list`. Installs and builds where
 * needed, then runs `src/cli` in this very process, so that Ctrl-C reaches it once. Standard output is the command's
 * alone; what is said on the way goes to standard error.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isBuildFresh, stampBuild } from './build-stamp.mjs';
import { installPackages, nodeProblem } from './installation.mjs';
import { provideGpu, releaseGpu } from './lab/dawn.mjs';
import { exitCode } from './npm.mjs';

const BUNDLE = path.resolve('.cache/lab');

/** Runs one of our own programs with all that it says on standard error. */
const runNode = (/** @type {string[]} */ args) =>
  exitCode(spawn(process.execPath, args, { stdio: ['ignore', process.stderr, 'inherit'] }));

async function build() {
  if (await isBuildFresh(BUNDLE)) return;
  const vite = path.resolve('node_modules/vite/bin/vite.js');
  const code = await runNode([vite, 'build', '--config', 'vite.lab.config.ts', '--logLevel', 'warn']);
  if (code !== 0) throw new Error('The build failed; see its message above.');
  await stampBuild(BUNDLE);
}

async function prepareData(/** @type {string} */ name) {
  const code = await runNode(['scripts/prepare-data.mjs', name]);
  if (code !== 0) throw new Error(`There is no ${name} to train on; see the message above.`);
}

try {
  const problem = nodeProblem();
  if (problem !== null) throw new Error(problem);
  await installPackages(process.stderr);
  await build();
  const { main } = await import(pathToFileURL(path.join(BUNDLE, 'main.cjs')).href);
  const dataRoot = pathToFileURL(`${path.resolve('.data')}${path.sep}`);
  process.exitCode = await main(process.argv.slice(2), { dataRoot, prepareData, provideGpu, releaseGpu });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
