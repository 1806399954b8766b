import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

export interface StaticSite {
  /** Address of the site's first page, with the sub-path and a slash at the end. */
  address: string;
  close(): Promise<void>;
}

/**
 * Serves the built site, in `dist` or the folder that SEEDLAB_SITE names, as the plainest of hosts would: files under a sub-path, no special headers, 404 for the rest.
 * @throws Error when there is no build.
 */
export async function serveBuiltSite(subPath = '/some/lab/'): Promise<StaticSite> {
  const root = join(process.cwd(), process.env['SEEDLAB_SITE'] ?? 'dist');
  if (!existsSync(join(root, 'index.html'))) throw new Error('There is no build; run npm run build first');
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const inside = pathname.startsWith(subPath) ? pathname.slice(subPath.length) : null;
    const file = inside === null ? null : join(root, normalize(decodeURIComponent(inside) || 'index.html'));
    if (!file?.startsWith(root) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end('not found');
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('The server has no port');
  return {
    address: `http://127.0.0.1:${at.port}${subPath}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
