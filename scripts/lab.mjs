/**
 * The lab on the command line: `npm run lab -- run "<URL or query>"`, `npm run lab -- list`. Installs and builds where
 * needed, then runs `src/cli` in this very process, so that Ctrl-C reaches it once. Standard output is the command's
 * alone; what is said on the way goes to standard error.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages, nodeProblem } from './installation.mjs';
import { builtCommandLine } from './lab/bundle.mjs';
import { provideGpu, releaseGpu } from './lab/dawn.mjs';
import { exitCode } from './npm.mjs';

async function prepareData(/** @type {string} */ name) {
  const program = spawn(process.execPath, ['scripts/prepare-data.mjs', name], {
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if ((await exitCode(program)) !== 0)
    throw new Error(`There is no ${name} to train on; see the message above.`);
}

try {
  const problem = nodeProblem();
  if (problem !== null) throw new Error(problem);
  await installPackages(process.stderr);
  const { main } = await import(pathToFileURL(await builtCommandLine()).href);
  const dataRoot = pathToFileURL(`${path.resolve('.data')}${path.sep}`);
  process.exitCode = await main(process.argv.slice(2), { dataRoot, prepareData, provideGpu, releaseGpu });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
