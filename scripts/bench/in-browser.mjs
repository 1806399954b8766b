import path from 'node:path';
import { preview } from 'vite';
import { openQuietly } from './open-quietly.mjs';

/** A headless browser with the built page; every job gets a page of its own. */
export async function openBrowser() {
  const browser = await openQuietly();
  const server = await preview({
    configFile: false,
    root: path.resolve('.cache/bench'),
    build: { outDir: 'page' },
    logLevel: 'error',
    preview: { host: '127.0.0.1', port: 4980 },
  });
  const [address] = server.resolvedUrls?.local ?? [];
  if (address === undefined) throw new Error('The page of the benchmark could not be served.');
  return {
    versions: { chromium: browser.version() },
    /** @param {object} job @param {(phrase: string) => void} report */
    async run(job, report) {
      const page = await browser.newPage();
      try {
        page.on('console', (message) => {
          if (message.type() === 'error') process.stderr.write(`\n${message.text()}\n`);
        });
        await page.exposeFunction('reportProgress', report);
        await page.goto(address);
        await page.waitForFunction('window.replyTo !== undefined');
        return await page.evaluate(`window.replyTo(${JSON.stringify(job)})`);
      } finally {
        await page.close();
      }
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
