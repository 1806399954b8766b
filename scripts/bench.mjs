/**
 * The benchmark: `npm run bench`. Installs where needed, builds, and runs `bench/` in a headless browser or in Node.
 * Standard output is the command's alone; what is said on the way goes to standard error.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages, nodeProblem } from './installation.mjs';
import { startProgress } from './progress.mjs';
import { viteBuild } from './vite-build.mjs';

/** Always anew: what is measured is the code as it is. */
const build = (/** @type {'page' | 'node'} */ mode) =>
  viteBuild(['--config', 'vite.bench.config.ts', '--mode', mode]);

const host = {
  async open(/** @type {'browser' | 'node'} */ where) {
    if (where === 'node') return (await import('./bench/in-node.mjs')).openNode();
    await build('page');
    return (await import('./bench/in-browser.mjs')).openBrowser();
  },
  progress: (/** @type {string} */ label) => startProgress(label, process.stderr),
  packageVersions: (/** @type {readonly string[]} */ names) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        JSON.parse(readFileSync(path.join('node_modules', name, 'package.json'), 'utf8')).version,
      ]),
    ),
  isUncommitted() {
    try {
      return (
        execFileSync('git', ['status', '--porcelain', '--', 'src', 'bench'], { encoding: 'utf8' }) !== ''
      );
    } catch {
      return false; // no checkout, so nothing to compare with
    }
  },
};

try {
  const problem = nodeProblem();
  if (problem !== null) throw new Error(problem);
  await installPackages(process.stderr);
  await build('node');
  const { main } = await import(pathToFileURL(path.resolve('.cache/bench/node/node.cjs')).href);
  process.exitCode = await main(process.argv.slice(2), host);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
