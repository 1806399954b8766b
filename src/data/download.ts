import { DataError } from './data-source';
import type { LoadProgress } from './data-source';

/** `fetch`, or what stands in for it. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/**
 * Opens a file of a data set.
 * @throws DataError when it is not there; the signal's reason when aborted.
 */
export async function open(
  fetch: Fetch,
  url: URL,
  file: string,
  cache: RequestCache,
  signal: AbortSignal,
): Promise<Response> {
  const [name] = file.split('/');
  let response: Response;
  try {
    response = await fetch(url, { cache, signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${file} could not be fetched (${reason}). Is the server still running?`);
  }
  if (!response.ok) {
    throw new DataError(
      `${file} is not there (HTTP ${response.status}). Run "npm run data ${name}" or wait until it is prepared.`,
    );
  }
  return response;
}

/**
 * Reads a body of a known size and yields the progress after each piece.
 * A body of another size is handed over as it is, or cut one piece after the expected end: the caller checks it.
 * @param before the progress so far; the body's bytes count on from there.
 */
export async function* readBody(
  response: Response,
  expectedBytes: number,
  before: LoadProgress,
  signal: AbortSignal,
): AsyncGenerator<LoadProgress, Uint8Array<ArrayBuffer>, void> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined && received <= expectedBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      received += value.length;
      yield { ...before, doneBytes: before.doneBytes + Math.min(received, expectedBytes) };
    }
  } catch (error) {
    signal.throwIfAborted();
    // A broken connection looks like a short body, which the size check names better than the browser does.
    if (!(error instanceof TypeError)) throw error;
  } finally {
    await reader?.cancel().catch(() => undefined); // the consumer stopped early: free the connection
  }
  const whole = new Uint8Array(received);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
