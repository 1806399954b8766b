import { chromium } from 'playwright-core';
import { findBrowser } from '../find-browser.mjs';

/** As the tests start it: headless by flag, quiet, with WebGPU where there is no graphics card. */
const FLAGS = [
  '--headless=new',
  '--enable-unsafe-webgpu',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // the sandbox refuses root
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** A headless browser with WebGPU, found or got as for the tests; what is said on the way goes to standard error. */
export async function openQuietly() {
  const { log } = console;
  console.log = console.error;
  try {
    const executablePath = await findBrowser();
    // Playwright's own headless option starts the old headless shell, which lacks WebGPU.
    return await chromium.launch({ executablePath, headless: false, args: FLAGS });
  } finally {
    console.log = log;
  }
}
