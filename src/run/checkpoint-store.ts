/**
 * Where the parameters of models outlive a run: files by name, in the browser's private file system or in a folder. Every
 * method throws a RangeError for a name that `checkName` refuses.
 */
export interface CheckpointStore {
  /** Why its files go with this thread; absent where they last. A sentence without its full stop. */
  readonly trouble?: string;
  /** The file's bytes; null where there is none. */
  read(name: string): Promise<Uint8Array | null>;
  /** Replaces the file as a whole: a reader sees the old bytes or the new ones, never a part. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Does nothing where there is no such file. */
  remove(name: string): Promise<void>;
  /**
   * Waits until nobody else, in this or another tab, holds the name, and holds it until the returned function is called.
   * @throws the signal's reason when aborted while waiting.
   */
  claim(name: string, signal: AbortSignal): Promise<() => void>;
}

/** Short enough for every file system, with room for what a store adds. */
const LONGEST_NAME = 200;

/**
 * Refuses names that are not made of letters, digits, dots and hyphens, or that begin with a dot.
 * @throws RangeError
 */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9-][A-Za-z0-9.-]*$/.test(name) || name.length > LONGEST_NAME)
    throw new RangeError(`"${name}" cannot name a checkpoint: letters, digits, dots and hyphens only`);
}
