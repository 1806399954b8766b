/** The built page, served to measurements of it. */
import path from 'node:path';
import { preview } from 'vite';
import { viteBuild } from '../vite-build.mjs';

const SITE = path.resolve('.cache/bench/site');
const PORT = 4990;

/** Builds the page as it is published, without its data sets, and serves it. */
export async function serveBuiltSite() {
  await viteBuild(['--outDir', SITE, '--emptyOutDir'], { ...process.env, SEEDLAB_SKIP_DATA_COPY: '1' });
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
