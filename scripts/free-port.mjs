import { createServer } from 'node:net';

const TRIES = 50;

const isFree = (/** @type {number} */ port, /** @type {string} */ host) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/**
 * The first free port from this one on.
 * @param {number} first
 * @param {string} host
 * @returns {Promise<number>}
 * @throws Error when a whole row of them is taken.
 */
export async function freePort(first, host) {
  for (let port = first; port < first + TRIES; port++) if (await isFree(port, host)) return port;
  throw new Error(`No port from ${first} to ${first + TRIES - 1} is free on ${host}.`);
}
