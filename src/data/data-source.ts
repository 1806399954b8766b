/** Images as bytes, row-major `[count, height, width, channels]`, with one class index each. */
export interface Split {
  count: number;
  pixels: Uint8Array;
  labels: Uint8Array;
}

/** A classification data set, whole or its first examples, held as bytes. */
export interface Dataset {
  name: string;
  /** Height and width in pixels, channels. */
  shape: readonly [height: number, width: number, channels: number];
  classes: readonly string[];
  /** Per channel over the full training split, of pixels scaled to [0, 1]. */
  mean: readonly number[];
  standardDeviation: readonly number[];
  train: Split;
  test: Split;
  /** SHA-256 over the digests of the shards that were read, in order. */
  digest: string;
}

/** How many examples to read from the front of each official split; all where absent or more than there are. */
export interface Portion {
  train?: number;
  test?: number;
}

/** Bytes received so far, of those needed. */
export interface LoadProgress {
  doneBytes: number;
  totalBytes: number;
}

/** Data that is there but not as it should be, or not there. The message says which file and what to do. */
export class DataError extends Error {
  override name = 'DataError';
}

export interface DataSource {
  /**
   * Reads the shards needed, verifies each against the manifest and yields progress on the way.
   * @throws DataError for an unknown data set, a missing, truncated or altered shard.
   */
  load(name: string, portion: Portion, signal: AbortSignal): AsyncGenerator<LoadProgress, Dataset, void>;
}
