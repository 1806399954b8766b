import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/**
 * Starts the browser that `npm test` found, headless.
 * @param webgpu off starts it as a browser without WebGPU
 */
export async function startBrowser({ webgpu = true } = {}): Promise<Browser> {
  const executablePath =
    process.env['SEEDLAB_BROWSER'] ??
    ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('No browser; npm test finds or installs one');
  return chromium.launch({
    executablePath,
    headless: false, // Playwright's own headless flag starts the old headless shell, which lacks WebGPU
    args: [
      '--headless=new',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      webgpu ? '--enable-unsafe-webgpu' : '--disable-features=WebGPU,WebGPUService',
      ...QUIET,
    ],
  });
}
