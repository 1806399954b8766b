/**
 * Full Chromium, headless by flag: the separate headless shell has no WebGPU. The rest keeps the browser quiet: no
 * first-run pages, updates or other requests of its own while tests run.
 */
export const browserFlags: readonly string[] = [
  '--headless=new',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // the sandbox refuses root
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** Gives headless Chromium its software adapter where there is no graphics card. */
export const withWebGpu = '--enable-unsafe-webgpu';
export const withoutWebGpu = '--disable-features=WebGPU,WebGPUService';

/** Path of the browser that `npm test` found and named in SEEDLAB_BROWSER, or else of Debian's. */
export const browserPath = process.env['SEEDLAB_BROWSER'] ?? '/usr/bin/chromium';
