/**
 * What the charts cost while runs report: the built page with 8 runs of 10,000 points each in its charts, 4 of them
 * growing live (as many as the page trains at once), in a headless browser, while the pointer reads them off. The runs'
 * worker is replaced by a source of points, `bench/charts/point-source.ts`; everything else is the page as it is. Prints
 * script time per drawn frame, frames per second and the longest waits between frames.
 *
 *     node bench/charts.mjs
 */
import path from 'node:path';
import { serveBuiltSite } from '../scripts/bench/built-site.mjs';
import { viteBuild } from '../scripts/vite-build.mjs';
import { openQuietly } from '../scripts/bench/open-quietly.mjs';

const SOURCE = path.resolve('.cache/bench/charts/point-source.js');
const SETTING = '?e=mixture-of-depths&p=smoke&seeds=0-3#parallel=4';
const RUNS = 8;
/** Left out at the beginning: the page is still starting workers. */
const START_MS = 1500;
const PARTS = 3;
const PART_MS = 2000;

/** Counts animation frames and the waits between them, in the page. */
const watchFrames = () => {
  const waits = /** @type {number[]} */ ([]);
  let last = performance.now();
  const next = (/** @type {number} */ at) => {
    waits.push(at - last);
    last = at;
    globalThis.requestAnimationFrame(next);
  };
  globalThis.requestAnimationFrame(next);
  Object.assign(globalThis, { takeWaits: () => waits.splice(0) });
};

const site = await serveBuiltSite();
await viteBuild(['--config', 'vite.bench.config.ts', '--mode', 'charts']);
const browser = await openQuietly();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1330 } });
  page.on('pageerror', (error) => console.error(String(error)));
  await page.route(/assets\/runner-[^/]*\.js/, (route) => route.fulfill({ path: SOURCE }));
  await page.addInitScript(watchFrames);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  /** Seconds spent so far, by kind. */
  const spent = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };

  await page.goto(`${site.address}${SETTING}`);
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page
    .locator('[data-run]')
    .nth(RUNS - 1)
    .waitFor();
  await page
    .locator('[data-run][data-status="done"]')
    .nth(RUNS / 2 - 1)
    .waitFor();
  await page.waitForTimeout(START_MS);

  const plot = page.locator('figure canvas').first();
  /** Moves the pointer to and fro over the first chart, where all charts follow it with their cross-hairs. */
  const readOff = async (/** @type {number} */ forMs) => {
    const box = await plot.boundingBox();
    if (!box) throw new Error('No chart is drawn.');
    const endsAt = performance.now() + forMs;
    for (let i = 0; performance.now() < endsAt; i = (i + 1) % 100) {
      const along = 0.1 + 0.008 * i;
      await page.mouse.move(box.x + along * box.width, box.y + 0.5 * box.height);
    }
  };

  console.log(`Chromium ${browser.version()}, ${RUNS} runs of 10,000 points, ${RUNS / 2} of them growing`);
  for (let part = 1; part <= PARTS; part++) {
    const before = await spent();
    await page.evaluate('takeWaits()');
    await readOff(PART_MS);
    const waits = /** @type {number[]} */ (await page.evaluate('takeWaits()')).toSorted((a, b) => a - b);
    const after = await spent();
    const perFrame = (/** @type {string} */ name) =>
      ((1000 * (after[name] - before[name])) / waits.length).toFixed(2);
    const rate = (1000 * waits.length) / waits.reduce((sum, wait) => sum + wait, 0);
    const late = waits[Math.floor(0.95 * waits.length)] ?? NaN;
    console.log(
      `part ${part} of ${PARTS}: ${rate.toFixed(0)} frames/s, per frame: script ${perFrame('ScriptDuration')} ms, ` +
        `style and layout ${(Number(perFrame('RecalcStyleDuration')) + Number(perFrame('LayoutDuration'))).toFixed(2)} ms, ` +
        `all tasks ${perFrame('TaskDuration')} ms; 95 % of waits below ${late.toFixed(0)} ms`,
    );
  }
  await page
    .locator('[data-run][data-status="done"]')
    .nth(RUNS - 1)
    .waitFor({ timeout: 120_000 });
} finally {
  await browser.close();
  await site.close();
}
