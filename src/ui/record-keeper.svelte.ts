import { modelOf } from '../run/inspector';
import { openCheckpoints } from '../run/opfs-checkpoints';
import { trainingFilesOf } from '../run/training-files';
import { LabRun } from './lab-run.svelte';
import { RecordStore } from './record-store';
import { claimsNow, whenFree } from './run-claims';
import type { StorageUse } from './storage/storage-use';

/** Between two saves of a run that is under way. */
const SAVE_EVERY_MS = 2000;
/** After the page has opened, so that it need not wait for this. */
const TIDY_AFTER_MS = 10_000;

/** Why what is trained does not outlive the page. */
export interface StorageTrouble {
  /** `full`: it would be kept if there were room. */
  kind: 'full' | 'refused';
  /** In the browser's words. */
  reason: string;
}

/** Keeps runs beyond the page's life, and says so when the browser will not. */
export class RecordKeeper {
  /** Why runs and their curves are not kept; null while they are. */
  trouble = $state.raw<StorageTrouble | null>(null);
  /** Why models and checkpoints are not kept; null while they are. */
  filesTrouble = $state.raw<string | null>(null);
  /** Runs by experiment that a later version of the page has made and this one cannot show. */
  newer = $state.raw<Readonly<Record<string, number>>>({});
  readonly #store = new RecordStore();
  /** Runs whose last save was refused. */
  #unsaved: readonly LabRun[] = [];
  #isTidied = false;
  #hasAsked = false;

  /**
   * Hands over an experiment's runs from earlier visits. One that another tab trains, or that the page before a reload
   * has not let go of yet, is handed over again when it is free.
   */
  async load(experiment: string, show: (runs: readonly LabRun[]) => void): Promise<void> {
    // First: a run that ends in between is then read again.
    const isClaimed = await claimsNow();
    const stored = await this.#attempt(() => this.#store.list(experiment));
    if (stored) this.newer = { ...this.newer, [experiment]: stored.newer };
    const records = stored?.records ?? [];
    show(
      records.map((record) =>
        isClaimed(record.id) ? LabRun.trainedElsewhere(record) : LabRun.fromRecord(record),
      ),
    );
    for (const { id } of records) if (isClaimed(id)) void this.follow(id, show);
    void this.#lookAtFiles();
  }

  /** Hands a run over when the other tab that trains it has let go of it. */
  async follow(id: string, show: (runs: readonly LabRun[]) => void): Promise<void> {
    await whenFree(id);
    const run = await this.stored(id);
    if (run) show([run]);
  }

  /** A run as it stands in storage; null where it is not there. */
  async stored(id: string): Promise<LabRun | null> {
    const record = await this.#attempt(() => this.#store.get(id));
    return record && LabRun.fromRecord(record);
  }

  /** Saves a run as it is now. */
  async save(run: LabRun): Promise<void> {
    run.savedAt = performance.now();
    run.recordedAt = Date.now();
    const record = { ...run.toRecord(), savedAt: run.recordedAt };
    const isSaved = await this.#write(() => this.#store.save(record));
    this.#unsaved = this.#unsaved.filter((other) => other !== run);
    if (!isSaved) this.#unsaved = [...this.#unsaved, run];
  }

  /** Saves a run under way, unless that was done a moment ago. */
  async saveNowAndThen(run: LabRun): Promise<void> {
    if (performance.now() - run.savedAt >= SAVE_EVERY_MS) await this.save(run);
  }

  /** Saves what the reader has written about a run, and nothing else: another tab may know more of the rest. */
  async saveRemarks(run: LabRun): Promise<void> {
    if (run.active) {
      await this.save(run);
      return;
    }
    await this.#write(() =>
      this.#store.amend(run.id, ({ name: _name, comment: _comment, kept: _kept, ...rest }) => ({
        ...rest,
        ...run.remarks,
      })),
    );
    if (run.kept) void this.askToStay();
  }

  /** Removes runs with all that they left. */
  async forget(runs: readonly LabRun[]): Promise<void> {
    await this.forgetRecords(runs);
    await this.forgetFiles(runs);
  }

  /** Removes the records of runs; their models and checkpoints stay, in case that this is taken back. */
  async forgetRecords(runs: readonly LabRun[]): Promise<void> {
    if (runs.length === 0) return;
    this.#unsaved = this.#unsaved.filter((run) => !runs.includes(run));
    await this.#write(() => this.#store.remove(runs.map(({ id }) => id)));
    await Promise.all(this.#unsaved.map((run) => this.save(run)));
  }

  /** Removes the models and checkpoints of runs. */
  async forgetFiles(runs: readonly LabRun[]): Promise<void> {
    await this.#removeFilesOf(runs.map(({ id }) => id));
  }

  async #removeFilesOf(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      const checkpoints = await openCheckpoints();
      const names = ids.flatMap((id) => [modelOf(id), ...trainingFilesOf(id)]);
      await Promise.all(names.map((name) => checkpoints.remove(name)));
    } catch {
      // Left behind, they are removed with other leftovers on a later visit.
    }
  }

  /** What takes space in the browser's storage. Rejects where it refuses. */
  async use(): Promise<StorageUse> {
    const [{ storageUse }, { storedFiles }] = await Promise.all([
      import('./storage/storage-use'),
      import('./storage/stored-files'),
    ]);
    const files = await storedFiles().catch(() => []);
    const ids = await this.#store.ids();
    return storageUse(this.#store.all(), files, ids, ids.filter(await claimsNow()));
  }

  /** Removes runs by their ids, with all that they left. */
  async forgetIds(ids: readonly string[]): Promise<void> {
    await this.#write(() => this.#store.remove(ids));
    await this.#removeFilesOf(ids);
    await Promise.all(this.#unsaved.map((run) => this.save(run)));
  }

  /** Asks the browser, once, not to clear this page's storage by itself. It may ask its user, or decide alone. */
  async askToStay(): Promise<void> {
    const storage = (navigator as Partial<Navigator>).storage as Partial<StorageManager> | undefined;
    if (this.#hasAsked || !storage?.persist) return;
    this.#hasAsked = true;
    await storage.persist().catch(() => false);
  }

  async #lookAtFiles(): Promise<void> {
    if (this.#isTidied) return;
    this.#isTidied = true;
    this.filesTrouble = (await openCheckpoints()).trouble ?? null;
    if (this.filesTrouble !== null) return;
    setTimeout(() => {
      const tidy = async () => {
        const { removeLeftovers } = await import('./storage/stored-files');
        await removeLeftovers(await this.#store.ids());
      };
      tidy().catch(() => undefined); // on a later visit, then
    }, TIDY_AFTER_MS);
  }

  /** Reads; null where storage refuses. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.trouble = troubleOf(error);
      return null;
    }
  }

  /** Writes, and says whether that is done. Training goes on without storage; the page shows the reason. */
  async #write(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.trouble = null;
      return true;
    } catch (error) {
      this.trouble = troubleOf(error);
      return false;
    }
  }
}

function troubleOf(error: unknown): StorageTrouble {
  const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: isFull ? 'full' : 'refused', reason };
}
