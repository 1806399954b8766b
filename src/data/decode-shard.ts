import { DataError } from './data-source';
import { gunzip } from './gunzip';
import type { Manifest, Shard } from './manifest';
import { undoPaeth } from './paeth';
import { sha256 } from './sha256';

/** The examples of one shard; both are views of one buffer. */
export interface ShardContent {
  labels: Uint8Array;
  /** Row-major `[count, height, width, channels]`. */
  pixels: Uint8Array;
}

/**
 * Unpacks a stored shard and holds it against the manifest.
 * @throws DataError for a truncated, damaged or altered shard.
 */
export async function decodeShard(
  stored: Uint8Array<ArrayBuffer>,
  shard: Shard,
  { name, shape, pixelEncoding }: Manifest,
): Promise<ShardContent> {
  const refuse = (problem: string): DataError =>
    new DataError(`${name}/${shard.file} ${problem}. Run "npm run data ${name}" and try again.`);
  if (stored.length !== shard.storedBytes) {
    const kind = stored.length < shard.storedBytes ? 'is truncated' : 'is too long';
    throw refuse(`${kind}: ${stored.length} bytes of ${shard.storedBytes}`);
  }
  const imageBytes = shape[0] * shape[1] * shape[2];
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await gunzip(stored, shard.count * (1 + imageBytes));
  } catch (error) {
    throw refuse(`is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
  const labels = bytes.subarray(0, shard.count);
  const pixels = bytes.subarray(shard.count);
  if (pixelEncoding === 'paeth') undoPaeth(pixels, shape);
  const digest = await sha256(bytes);
  if (digest !== shard.sha256) {
    throw refuse(`is altered: its content has SHA-256 ${digest}, the manifest says ${shard.sha256}`);
  }
  return { labels, pixels };
}
