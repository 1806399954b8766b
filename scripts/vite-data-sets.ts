import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { cp, readdir, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Plugin } from 'vite';

/** Where `scripts/prepare-data.mjs` puts the data sets. */
const PREPARED = path.resolve('.data');
/** The names a prepared data set has; nothing else under `data/` is ever served. */
const FILE = /^\/data\/([a-z0-9-]+)\/(manifest\.json|(?:train|test)-\d{3}\.bin)$/;

/**
 * Answers for everything under `data/`: a prepared file or 404, never the page that a single-page server falls back to.
 * It looks on each request, so that a data set that becomes ready while the server runs is found.
 */
async function serveDataSet(
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): Promise<void> {
  const pathname = (request.url ?? '/').replace(/[?#].*/s, '');
  if (!pathname.startsWith('/data/')) {
    next();
    return;
  }
  const [, name, file] = FILE.exec(pathname) ?? [];
  const source = name && file ? path.join(PREPARED, name, file) : null;
  const found = source === null ? null : await stat(source).catch(() => null);
  if (source === null || !found?.isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('No such data set file.\n');
    return;
  }
  // Octet streams without Content-Encoding: the worker unpacks the shards itself, on any host.
  response.writeHead(200, {
    'Content-Type': file === 'manifest.json' ? 'application/json' : 'application/octet-stream',
    'Content-Length': found.size,
    'Cache-Control': 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else createReadStream(source).pipe(response);
}

/** Names of the data sets that are ready. */
async function preparedNames(): Promise<string[]> {
  const entries = await readdir(PREPARED, { withFileTypes: true }).catch(() => []);
  return entries.flatMap(({ name }) => (name.startsWith('.') ? [] : [name])); // a dot marks one in the making
}

/**
 * Serves the prepared data sets at `data/` in development and preview, and makes them part of a build. A build prepares
 * Fashion-MNIST, which needs no network, and takes along whatever else is ready. With SEEDLAB_SKIP_DATA_COPY set, it
 * leaves the data alone: `npm start` serves it from where it is.
 */
export function dataSets(): Plugin {
  let isBuild = false;
  return {
    name: 'seedlab-data-sets',
    configResolved(config) {
      isBuild = config.command === 'build' && process.env['SEEDLAB_SKIP_DATA_COPY'] === undefined;
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => void serveDataSet(request, response, next));
    },
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => void serveDataSet(request, response, next));
    },
    async buildStart() {
      if (!isBuild) return;
      await promisify(execFile)(process.execPath, ['scripts/prepare-data.mjs', 'fashion-mnist']);
    },
    async writeBundle({ dir }) {
      if (!isBuild || dir === undefined) return;
      const names = await preparedNames();
      for (const name of names) {
        await cp(path.join(PREPARED, name), path.join(dir, 'data', name), { recursive: true });
      }
      this.info(`Data sets in this build: ${names.join(', ')}.`);
      const missing = ['mnist', 'cifar-10'].filter((name) => !names.includes(name));
      if (missing.length > 0) {
        this.warn(`Not in this build: ${missing.join(', ')}. "npm run data" prepares every data set.`);
      }
    },
  };
}
