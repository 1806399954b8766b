import { readFile } from 'node:fs/promises';
import type { Fetch } from '../data/download';

/** `fetch` for files, which Node's own refuses. */
export const fileFetch: Fetch = async (url) => {
  try {
    return new Response(await readFile(url));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return new Response(null, { status: 404 });
    throw error;
  }
};
