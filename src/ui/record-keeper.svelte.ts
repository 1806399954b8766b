import { modelOf } from '../run/inspector';
import { openCheckpoints } from '../run/opfs-checkpoints';
import { LabRun } from './lab-run.svelte';
import { RecordStore } from './record-store';

/** Between two saves of a run that is under way. */
const SAVE_EVERY_MS = 2000;

/** Keeps runs beyond the page's life, and says so when the browser will not. */
export class RecordKeeper {
  /** Why runs are not kept, in the browser's words; null while they are. */
  trouble = $state.raw<string | null>(null);
  /** Runs known to be under way in another tab. */
  elsewhere = $state(0);
  readonly #store = new RecordStore();

  /**
   * Hands over an experiment's runs from earlier visits. One that another tab trains, or that the page before a reload
   * has not let go of yet, follows when it is free.
   */
  async load(experiment: string, show: (runs: readonly LabRun[]) => void): Promise<void> {
    const claimed = await claims();
    const records = (await this.#attempt(() => this.#store.list(experiment))) ?? [];
    show(records.filter(({ id }) => !claimed.has(lockName(id))).map((record) => LabRun.fromRecord(record)));
    for (const { id } of records) if (claimed.has(lockName(id))) void this.#showWhenFree(id, show);
  }

  async #showWhenFree(id: string, show: (runs: readonly LabRun[]) => void): Promise<void> {
    this.elsewhere++;
    await whileClaimed(id, () => Promise.resolve());
    this.elsewhere--;
    const record = await this.#attempt(() => this.#store.get(id));
    if (record) show([LabRun.fromRecord(record)]);
  }

  /** Saves a run as it is now. */
  async save(run: LabRun): Promise<void> {
    run.savedAt = performance.now();
    await this.#attempt(() => this.#store.save(run.toRecord()));
  }

  /** Saves a run under way, unless that was done a moment ago. */
  async saveNowAndThen(run: LabRun): Promise<void> {
    if (performance.now() - run.savedAt >= SAVE_EVERY_MS) await this.save(run);
  }

  /** Removes runs and the models they left. */
  async forget(runs: readonly LabRun[]): Promise<void> {
    if (runs.length === 0) return;
    await this.#attempt(async () => {
      await this.#store.remove(runs.map(({ id }) => id));
      const checkpoints = await openCheckpoints();
      await Promise.all(runs.map(({ id }) => checkpoints.remove(modelOf(id))));
    });
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      const result = await work();
      this.trouble = null;
      return result;
    } catch (error) {
      // Training goes on without storage; the page shows the reason.
      this.trouble =
        error instanceof DOMException && error.name === 'QuotaExceededError'
          ? 'the browser’s storage is full; remove some runs'
          : error instanceof Error
            ? error.message
            : String(error);
      return null;
    }
  }
}

const lockName = (runId: string): string => `seedlab-run-${runId}`;

/** Absent outside a secure context, whatever its type says, and refused without an origin: no tab knows of another. */
const locks = (): LockManager | undefined => (globalThis.origin === 'null' ? undefined : navigator.locks);

async function claims(): Promise<ReadonlySet<string>> {
  const state = await locks()?.query();
  return new Set(state?.held?.flatMap(({ name }) => name ?? []));
}

/** Tells other tabs that this one is training a run, for as long as `work` takes. */
export async function whileClaimed<T>(runId: string, work: () => Promise<T>): Promise<T> {
  const manager = locks();
  return manager ? await manager.request(lockName(runId), work) : await work();
}
