import { checkName, type CheckpointStore } from './checkpoint-store';
import { MemoryCheckpoints } from './memory-checkpoints';

/** Name of the folder in the browser's private file system. */
export const FOLDER = 'checkpoints';
/** A file that is replaced while it is read has to be read again; how often before giving up. */
const MOST_READS = 20;

const hasName = (error: unknown, name: string): boolean =>
  error instanceof DOMException && error.name === name;

/**
 * Checkpoints in the origin private file system, for workers and pages. A file is written beside the old one and takes its
 * place when it is whole; claims are Web Locks, which end with the tab or worker that holds them.
 */
class OpfsCheckpoints implements CheckpointStore {
  constructor(private readonly folder: FileSystemDirectoryHandle) {}

  async read(name: string): Promise<Uint8Array | null> {
    checkName(name);
    for (let attempt = 1; ; attempt++) {
      const entry = await this.find(name);
      if (!entry) return null;
      try {
        return new Uint8Array(await (await entry.getFile()).arrayBuffer());
      } catch (error) {
        // Replaced or removed since the entry was found.
        const hasGone = hasName(error, 'NotFoundError') || hasName(error, 'NotReadableError');
        if (!hasGone || attempt === MOST_READS) throw error;
      }
    }
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    checkName(name);
    const writable = await (await this.folder.getFileHandle(name, { create: true })).createWritable();
    try {
      await writable.write(bytes);
    } catch (error) {
      await writable.abort().catch(() => undefined);
      throw error;
    }
    await writable.close();
  }

  async remove(name: string): Promise<void> {
    checkName(name);
    try {
      await this.folder.removeEntry(name);
    } catch (error) {
      if (!hasName(error, 'NotFoundError')) throw error;
    }
  }

  claim(name: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((granted, refused) => {
      checkName(name);
      const held = navigator.locks.request(
        `seedlab-checkpoint:${name}`,
        { signal },
        () =>
          new Promise<void>((release) => {
            granted(release);
          }),
      );
      held.catch(refused);
    });
  }

  private async find(name: string): Promise<FileSystemFileHandle | null> {
    try {
      return await this.folder.getFileHandle(name);
    } catch (error) {
      if (hasName(error, 'NotFoundError')) return null;
      throw error;
    }
  }
}

/**
 * The browser's checkpoints. Where it refuses storage, for example in a private window, they are kept in this thread's
 * memory, and `trouble` says why.
 * @param storage the part of `navigator.storage` that is used
 */
export async function openCheckpoints(
  storage: Pick<StorageManager, 'getDirectory'> | undefined = navigator.storage,
): Promise<CheckpointStore> {
  const refused = (why: string) =>
    new MemoryCheckpoints(
      `This browser keeps no files for the page here (${why}), so models go with the run`,
    );
  // Always there as far as the types know, and missing in old browsers and on pages without HTTPS.
  const isThere = (part: unknown): boolean => part !== undefined && part !== null;
  if (!isThere(storage) || !isThere(navigator.locks))
    return refused('it has no private file system or no locks');
  try {
    const root = await storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    if (!('createWritable' in FileSystemFileHandle.prototype))
      return refused('its files cannot be replaced as a whole');
    await navigator.locks.query(); // a page without an origin of its own is refused here at the latest
    return new OpfsCheckpoints(folder);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}
