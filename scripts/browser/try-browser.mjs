import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Long for a machine that is busy: software adapters on two cores answer in a few seconds. */
const PATIENCE_MS = 60_000;

/** No first-run pages, updates or other requests of the browser's own. */
const FLAGS = [
  '--headless=new',
  '--enable-unsafe-webgpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** Asks for a WebGPU device and reports to the server it came from. */
const PAGE = `<!doctype html><title>WebGPU?</title><script type="module">
const ask = async () => {
  if (!navigator.gpu) return { problem: 'it has no navigator.gpu' };
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) return { problem: 'it offers no WebGPU adapter' };
  await adapter.requestDevice();
  const { vendor, architecture, description } = adapter.info ?? {};
  return { adapter: [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter' };
};
const answer = await ask().catch((error) => ({ problem: String(error) }));
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
</script>`;

/** Serves the page on this machine, which counts as a secure context, and waits for its answer. */
async function listen() {
  /** @type {(answer: { adapter?: string, problem?: string }) => void} */
  let settle = () => undefined;
  const answer = new Promise((resolve) => (settle = resolve));
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('Content-Type', 'text/html').end(PAGE);
      return;
    }
    let body = '';
    request.on('data', (text) => (body += text));
    request.on('end', () => {
      response.end();
      settle(JSON.parse(body));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { server, answer, url: `http://127.0.0.1:${address.port}/` };
}

/**
 * Starts a browser, headless, and asks a page in it for a WebGPU device.
 * @param {string} executable
 * @returns {Promise<{ adapter: string } | { problem: string }>} the adapter's name, or why the browser will not do
 */
export async function tryBrowser(executable) {
  const { server, answer, url } = await listen();
  const profile = await mkdtemp(path.join(tmpdir(), 'seedlab-browser-'));
  // Chromium refuses to run as root inside its sandbox; any other user keeps it.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = spawn(executable, [...FLAGS, ...sandbox, `--user-data-dir=${profile}`, url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  browser.stderr.on('data', (text) => (complaint = `${complaint}${text}`.slice(-2000)));
  let timer;
  try {
    return await Promise.race([
      answer,
      new Promise((resolve) => {
        browser.once('error', (error) => resolve({ problem: `it does not start: ${error.message}` }));
        browser.once('close', (code, signal) => {
          const last = complaint.trim().split('\n').at(-1) ?? '';
          resolve({ problem: `it ended at once (${signal ?? `exit code ${code}`}) ${last}`.trim() });
        });
        timer = setTimeout(
          () => resolve({ problem: `it gave no answer in ${PATIENCE_MS / 1000} s` }),
          PATIENCE_MS,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
    server.close();
    await end(browser);
    // Its child processes may still be writing for a moment.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }).catch(
      () => undefined,
    );
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}
