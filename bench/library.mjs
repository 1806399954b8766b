/**
 * How fast the library answers: the built page in a headless browser, letters typed into its search. Prints the times
 * until the list of papers stands anew, laid out, in milliseconds.
 *
 *     node bench/library.mjs
 */
/* global document, HTMLInputElement, InputEvent, requestAnimationFrame -- what is measured runs in the page */
import { serveBuiltSite } from '../scripts/bench/built-site.mjs';
import { openQuietly } from '../scripts/bench/open-quietly.mjs';

const WORDS = ['s', 'se', 'sel', 'self', '', 'l', 'le', 'lea', 'lear', 'learn', ''];

const site = await serveBuiltSite();
const browser = await openQuietly();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${site.address}?library`);
  await page.getByLabel(/^Search titles/).focus();
  const times = await page.evaluate(async (all) => {
    const input = document.querySelector('input[type="search"]');
    if (!(input instanceof HTMLInputElement)) throw new Error('There is no search field.');
    const spent = /** @type {number[]} */ ([]);
    for (const words of all) {
      input.value = words;
      const start = performance.now();
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await new Promise((done) => setTimeout(done)); // Svelte writes the list in a microtask before this
      document.body.getBoundingClientRect();
      spent.push(performance.now() - start);
      await new Promise((done) => requestAnimationFrame(done));
    }
    return spent;
  }, WORDS);
  const ordered = times.toSorted((a, b) => a - b);
  const median = ordered[Math.floor(ordered.length / 2)] ?? NaN;
  console.log(
    `Chromium ${browser.version()}: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms, median ${median.toFixed(0)} ms`,
  );
} finally {
  await browser.close();
  await site.close();
}
