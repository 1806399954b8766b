/**
 * Times a newcomer's way: clone, `npm start` with an empty package cache, open the Smoke preset, press Train, see the
 * first point, wait until both variants are done. Prints seconds and bytes.
 *
 *     node bench/first-curve.mjs [--screenshot file.png]
 *
 * SEEDLAB_BROWSER names the browser; Debian's Chromium otherwise. It measures the last commit of this checkout.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const PORT = 4600;
const SMOKE = `http://127.0.0.1:${PORT}/?e=mixture-of-depths&p=smoke`;

const { values } = parseArgs({ options: { screenshot: { type: 'string' } } });
const folder = mkdtempSync(path.join(tmpdir(), 'first-curve-'));
const clone = path.join(folder, 'clone');
const cache = path.join(folder, 'npm');
const startedAt = performance.now();
const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Bytes of all files below a folder. */
function bytesBelow(/** @type {string} */ directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

execFileSync('git', ['clone', '--quiet', process.cwd(), clone]);
console.log(`cloned at ${seconds()} s, ${megabytes(bytesBelow(path.join(clone, '.git')))}`);

const server = spawn('npm', ['start', '--', '--no-open', '--port', String(PORT)], {
  cwd: clone,
  env: { ...process.env, npm_config_cache: cache },
  detached: true,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  await new Promise((resolve, reject) => {
    server.stdout.on('data', (text) => String(text).includes('is ready after') && resolve(null));
    server.once('close', (code) => reject(new Error(`npm start ended with exit code ${code}`)));
  });
  console.log(`served at ${seconds()} s, packages ${megabytes(bytesBelow(path.join(cache, '_cacache')))}`);

  const browser = await chromium.launch({
    executablePath: process.env.SEEDLAB_BROWSER ?? '/usr/bin/chromium',
    headless: false, // the flag below starts full Chromium without a window; the headless shell has no WebGPU
    args: ['--headless=new', '--no-sandbox', '--enable-unsafe-webgpu', '--hide-scrollbars'],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 1330 } });
  let received = 0;
  context.on('requestfinished', async (request) => {
    const sizes = await request.sizes().catch(() => null); // a request of a page that has closed has none
    received += sizes?.responseBodySize ?? 0;
  });
  const page = await context.newPage();
  await page.goto(SMOKE);
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  const trainedAt = performance.now();
  await page.locator('[data-run] [data-metric="trainLoss"]:not([data-value=""])').first().waitFor();
  console.log(`first point at ${seconds()} s, page and data ${megabytes(received)}`);
  await page.locator('[data-run][data-status="done"]').nth(1).waitFor({ timeout: 600_000 });
  console.log(`both variants done ${((performance.now() - trainedAt) / 1000).toFixed(1)} s after Train:`);
  for (const row of await page.locator('[data-run]').all()) {
    const accuracy = await row.locator('[data-metric="testAccuracy"]').getAttribute('data-value');
    console.log(`  ${await row.getAttribute('data-variant')}: test accuracy ${accuracy}`);
  }
  if (values.screenshot) await page.screenshot({ path: values.screenshot });
  await browser.close();
} finally {
  if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 1000)); // let it end before its folder goes
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
