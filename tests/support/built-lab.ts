import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startBrowser } from './browser';
import { LabPage } from './lab-page';
import { serveBuiltSite, type StaticSite } from './static-site';

interface BuiltLab {
  /** Address of the site's first page; known once tests run. */
  readonly address: string;
  /** A visitor with a profile of their own. @param link an address, or what follows the site's */
  visit(link?: string, viewport?: { width: number; height: number }): Promise<LabPage>;
}

/**
 * Serves the built site and starts a browser for the tests of a file, and ends both after them. Hooks that the file itself
 * declares after this find them there.
 * @param webgpu off starts it as a browser without WebGPU
 */
export function builtLab({ webgpu = true } = {}): BuiltLab {
  let site: StaticSite;
  let browser: Browser;
  beforeAll(async () => {
    [site, browser] = await Promise.all([serveBuiltSite(), startBrowser({ webgpu })]);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });
  return {
    get address() {
      return site.address;
    },
    visit: (link = '', viewport) => LabPage.open(browser, new URL(link, site.address).href, viewport),
  };
}
