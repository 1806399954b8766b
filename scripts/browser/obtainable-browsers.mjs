import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { exitCode, spawnNpm } from '../npm.mjs';
import { installedBrowsers } from './installed-browsers.mjs';

const FOLDER = path.resolve('.cache/browser');
/** The version that was tried: later ones may ask for a newer Node. */
const NPM_PACKAGE = '@sparticuz/chromium@147.0.0';

/**
 * A way to get a browser that is not there yet.
 * @typedef {{ name: string, isPossible: boolean, install: () => Promise<string> }} Source `install` gives the program's
 *   path, or throws in plain words
 */

async function requireSuccess(/** @type {Promise<number>} */ exit, /** @type {string} */ what) {
  const code = await exit;
  if (code !== 0) throw new Error(`${what} ended with exit code ${code}`);
}

/** Unpacks the Chromium inside the npm package beside it; the package says where. */
async function fromNpmPackage() {
  if (!existsSync(path.join(FOLDER, 'node_modules', '@sparticuz', 'chromium'))) {
    await mkdir(FOLDER, { recursive: true });
    const args = ['install', '--prefix', FOLDER, '--no-save', '--fetch-retries=1', NPM_PACKAGE];
    const install = spawnNpm(args, { stdio: 'inherit' });
    await requireSuccess(exitCode(install), `npm install ${NPM_PACKAGE}`);
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath());",
    ],
    { cwd: FOLDER, env: { ...process.env, TMPDIR: FOLDER } }, // unpack beside the package, not into a folder that is swept
  );
  return stdout.trim();
}

/** Debian's own package; only root may install it. */
async function fromDebian() {
  const run = (/** @type {string[]} */ args) =>
    requireSuccess(exitCode(spawn('apt-get', args, { stdio: 'inherit' })), `apt-get ${args[0]}`);
  await run(['update']);
  await run(['install', '--yes', '--no-install-recommends', 'chromium']);
  const [found] = installedBrowsers();
  if (found === undefined) throw new Error('apt-get installed no chromium');
  return found;
}

/** The full browser: Playwright's smaller headless shell has no WebGPU. */
async function fromPlaywright() {
  process.env.PLAYWRIGHT_BROWSERS_PATH ??= path.join(FOLDER, 'playwright');
  const cli = path.resolve('node_modules/playwright-core/cli.js');
  const download = spawn(process.execPath, [cli, 'install', '--no-shell', 'chromium'], { stdio: 'inherit' });
  await requireSuccess(exitCode(download), "Playwright's download");
  const { chromium } = await import('playwright-core');
  return chromium.executablePath();
}

/** @type {readonly Source[]} */
export const obtainableBrowsers = [
  {
    name: 'the npm package @sparticuz/chromium',
    isPossible: process.platform === 'linux' && process.arch === 'x64',
    install: fromNpmPackage,
  },
  {
    name: "Debian's package chromium",
    isPossible: process.platform === 'linux' && process.getuid?.() === 0,
    install: fromDebian,
  },
  { name: "Playwright's download", isPossible: true, install: fromPlaywright },
];
