import { checkName, type CheckpointStore } from './checkpoint-store';

/** Checkpoints that last as long as this thread: for tests, and where the browser keeps nothing. */
export class MemoryCheckpoints implements CheckpointStore {
  private readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** What those who hold a name, or wait for it, wait for. */
  private readonly queues = new Map<string, Promise<void>>();
  readonly trouble?: string;

  /** @param trouble why nothing better is to be had */
  constructor(trouble?: string) {
    if (trouble !== undefined) this.trouble = trouble;
  }

  // Promises that reject, also for a refused name, as those of stores that wait.
  /* eslint-disable @typescript-eslint/require-await */
  async read(name: string): Promise<Uint8Array | null> {
    checkName(name);
    return this.files.get(name)?.slice() ?? null;
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    checkName(name);
    this.files.set(name, bytes.slice());
  }

  async remove(name: string): Promise<void> {
    checkName(name);
    this.files.delete(name);
  }
  /* eslint-enable @typescript-eslint/require-await */

  async claim(name: string, signal: AbortSignal): Promise<() => void> {
    checkName(name);
    signal.throwIfAborted();
    const before = this.queues.get(name) ?? Promise.resolve();
    let release = () => {};
    const released = new Promise<void>((done) => (release = done));
    this.queues.set(
      name,
      before.then(() => released),
    );
    try {
      await untilAborted(before, signal);
      return release;
    } catch (error) {
      release(); // its turn passes on as soon as it comes
      throw error;
    }
  }
}

/** Waits for a promise that never rejects, unless the signal is aborted first. */
function untilAborted(awaited: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((done, refuse) => {
    const abort = () => {
      refuse(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    void awaited.then(() => {
      signal.removeEventListener('abort', abort);
      done();
    });
  });
}
