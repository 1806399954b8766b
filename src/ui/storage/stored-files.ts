import { FOLDER, openCheckpoints } from '../../run/opfs-checkpoints';

/** A leftover is removed unasked after this long: a run's record may come back meanwhile, from an undone removal. */
const LEFT_FOR_MS = 24 * 3600 * 1000;

/** A model or a checkpoint in the browser's private file system. */
export interface StoredFile {
  name: string;
  bytes: number;
  /** Milliseconds since 1970. */
  changedAt: number;
}

/**
 * The run that a file belongs to: its model `run-<id>`, its checkpoints `<id>.training-a` and `-b`, and what the browser
 * leaves of one that it was writing when it was ended. Null for models that many runs begin with.
 */
export function runOfFile(name: string): string | null {
  const own = /^(?:run-)?(?<id>[0-9a-z]+-\d{5}-[0-9a-f]{8})(?:\.training-[ab])?(?:\.crswap)?$/.exec(name);
  return own?.groups?.['id'] ?? null;
}

/** All files of the page's checkpoints. Rejects where the browser keeps none. */
export async function storedFiles(): Promise<StoredFile[]> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  const files: StoredFile[] = [];
  for await (const handle of folder.values()) {
    if (!(handle instanceof FileSystemFileHandle)) continue;
    const file = await handle.getFile().catch(() => null); // removed since it was listed
    if (file) files.push({ name: handle.name, bytes: file.size, changedAt: file.lastModified });
  }
  return files;
}

export async function removeFiles(names: readonly string[]): Promise<void> {
  const checkpoints = await openCheckpoints();
  await Promise.all(names.map((name) => checkpoints.remove(name)));
}

/** Files of runs that are no longer known. */
export function leftoversOf(files: readonly StoredFile[], known: readonly string[]): StoredFile[] {
  const isKnown = new Set(known);
  return files.filter(({ name }) => {
    const id = runOfFile(name);
    return id !== null && !isKnown.has(id);
  });
}

/** Removes files of runs that are no longer known, unless they are recent. */
export async function removeLeftovers(known: readonly string[]): Promise<void> {
  const old = leftoversOf(await storedFiles(), known).filter(
    ({ changedAt }) => Date.now() - changedAt > LEFT_FOR_MS,
  );
  await removeFiles(old.map(({ name }) => name));
}
