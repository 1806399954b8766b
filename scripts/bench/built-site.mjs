/** The built page, served to measurements of it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { preview } from 'vite';
import { exitCode } from '../npm.mjs';

const SITE = path.resolve('.cache/bench/site');
const PORT = 4990;

/**
 * Runs Vite's build, its messages on standard error.
 * @param {readonly string[]} args
 * @throws Error when it fails
 */
export async function viteBuild(args) {
  const program = path.resolve('node_modules/vite/bin/vite.js');
  const code = await exitCode(
    spawn(process.execPath, [program, 'build', '--logLevel', 'warn', ...args], {
      stdio: ['ignore', process.stderr, 'inherit'],
      env: { ...process.env, SEEDLAB_SKIP_DATA_COPY: '1' },
    }),
  );
  if (code !== 0) throw new Error('The build failed; see its message above.');
}

/** Builds the page as it is published, without its data sets, and serves it. */
export async function serveBuiltSite() {
  await viteBuild(['--outDir', SITE, '--emptyOutDir']);
  const server = await preview({
    configFile: false,
    root: path.dirname(SITE),
    build: { outDir: path.basename(SITE) },
    logLevel: 'error',
    preview: { host: '127.0.0.1', port: PORT },
  });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('The page is not served.');
  return { address, close: () => server.close() };
}
