/**
 * `npm start`: from a fresh clone to the lab in a browser. Installs, prepares Fashion-MNIST, builds and serves, each
 * only where needed, then prepares the larger data sets while the lab is already in use.
 *
 *     npm start -- [--port 4173] [--host 127.0.0.1] [--no-open]
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { isBuildFresh, stampBuild } from './build-stamp.mjs';
import { freePort } from './free-port.mjs';
import { installPackages, nodeProblem } from './installation.mjs';
import { exitCode, spawnNpm } from './npm.mjs';
import { openInBrowser } from './open-in-browser.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

/** Starts one of our own programs, which ends when this one does. */
function startNode(/** @type {string[]} */ args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** Ctrl-C reaches the children by itself on a terminal; a signal from elsewhere does not. */
function endWithChildren(/** @type {number} */ code) {
  for (const child of children) child.kill();
  process.exit(code);
}

async function answers(/** @type {string} */ url) {
  for (;;) {
    const isUp = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function build() {
  if (await isBuildFresh()) return;
  console.log('Building …');
  const env = { ...process.env, SEEDLAB_SKIP_DATA_COPY: '1' }; // the server reads the data where it is
  const code = await exitCode(
    spawnNpm(['run', 'build', '--silent', '--', '--logLevel', 'warn'], { stdio: 'inherit', env }),
  );
  if (code !== 0) throw new Error('The build failed; see its message above.');
  await stampBuild();
}

async function start() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4173' },
      host: { type: 'string', default: '127.0.0.1' },
      'no-open': { type: 'boolean', default: false },
    },
  });
  const first = Number(values.port);
  if (!Number.isInteger(first) || first < 1 || first > 65_535)
    throw new Error(`--port ${values.port} is no port.`);

  const problem = nodeProblem();
  if (problem !== null) throw new Error(problem);
  const startedAt = performance.now();
  await installPackages();
  if ((await exitCode(startNode(['scripts/prepare-data.mjs', 'fashion-mnist']))) !== 0) {
    throw new Error('Without Fashion-MNIST there is nothing to train on.');
  }
  await build();

  const port = await freePort(first, values.host);
  const vite = ['node_modules/vite/bin/vite.js', 'preview', '--strictPort', '--logLevel', 'warn'];
  const server = startNode([...vite, '--port', String(port), '--host', values.host]);
  const ended = exitCode(server);
  const url = `http://${values.host === '0.0.0.0' ? 'localhost' : values.host}:${port}/`;
  await Promise.race([
    answers(url),
    ended.then((code) => Promise.reject(new Error(`The server ended (exit code ${code}).`))),
  ]);

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`\n  Seedlab is ready after ${seconds} s:  ${url}\n  Ctrl-C ends it.\n`);
  if (!values['no-open']) openInBrowser(url);

  if ((await exitCode(startNode(['scripts/prepare-data.mjs', 'mnist', 'cifar-10']))) !== 0) {
    console.log('The lab works with the data sets that are ready; "npm run data" tries the others again.');
  }
  endWithChildren(await ended);
}

process.once('SIGINT', () => endWithChildren(0));
process.once('SIGTERM', () => endWithChildren(0));
try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  endWithChildren(1);
}
