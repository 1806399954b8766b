import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { browserFlags, browserPath, withoutWebGpu, withWebGpu } from './browser-launch';

/**
 * Starts the browser that `npm test` found, headless.
 * @param webgpu off starts it as a browser without WebGPU
 * @throws Error when it is not there.
 */
export async function startBrowser({ webgpu = true } = {}): Promise<Browser> {
  if (!existsSync(browserPath))
    throw new Error(`There is no browser at ${browserPath}. Set SEEDLAB_BROWSER, or let npm test find one.`);
  return chromium.launch({
    executablePath: browserPath,
    headless: false, // Playwright's own headless flag starts the old headless shell, which lacks WebGPU
    args: [...browserFlags, webgpu ? withWebGpu : withoutWebGpu],
  });
}
