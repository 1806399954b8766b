import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { isOfLaterSchema, migrateRecord } from '../run/migrate-record';
import type { RunRecord } from '../run/record';

interface Schema extends DBSchema {
  // Written by any version of the page, so that each is read with care.
  records: { key: string; value: RunRecord; indexes: { experiment: string } };
}

/** What is stored of an experiment. */
export interface StoredRuns {
  /** Oldest first. */
  records: RunRecord[];
  /** How many more there are, made by a later version of the page, which this one cannot show and leaves alone. */
  newer: number;
}

/**
 * Where runs outlive the page: IndexedDB. Records of earlier schemas are brought to the present one as they are read, and
 * stay as they are until they are saved again: a tab of an earlier version can be open beside this one. Every method rejects
 * with the browser's own reason when it refuses.
 */
export class RecordStore {
  #database: Promise<IDBPDatabase<Schema>> | null = null;

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= this.#connect();
    return this.#database;
  }

  async #connect(): Promise<IDBPDatabase<Schema>> {
    const forget = () => (this.#database = null);
    try {
      // There as far as the types know, and missing in some private windows.
      if (!(globalThis as Partial<WindowOrWorkerGlobalScope>).indexedDB)
        throw new Error('it offers no database');
      const database = await openDB<Schema>('seedlab', 1, {
        upgrade: (fresh) => {
          fresh.createObjectStore('records', { keyPath: 'id' }).createIndex('experiment', 'experiment');
        },
        blocking: () => {
          // A later version of the page waits in another tab to rebuild it.
          forget();
          database.close();
        },
        terminated: forget,
      });
      return database;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async list(experiment: string): Promise<StoredRuns> {
    const database = await this.#open();
    const stored: unknown[] = await database.getAllFromIndex('records', 'experiment', experiment);
    return {
      records: stored.flatMap((one) => migrateRecord(one) ?? []).sort((a, b) => a.createdAt - b.createdAt),
      newer: stored.filter(isOfLaterSchema).length,
    };
  }

  async get(id: string): Promise<RunRecord | null> {
    const database = await this.#open();
    return migrateRecord(await database.get('records', id));
  }

  /** Ids of all that is stored, readable or not. */
  async ids(): Promise<string[]> {
    const database = await this.#open();
    return database.getAllKeys('records');
  }

  /** One record after another, of all experiments, so that they are never in memory together. */
  async *all(): AsyncGenerator<RunRecord, void, void> {
    for (const id of await this.ids()) {
      const record = await this.get(id);
      if (record) yield record;
    }
  }

  async save(record: RunRecord): Promise<void> {
    const database = await this.#open();
    await database.put('records', record);
  }

  /** Changes a stored record, as it stands by now; does nothing where there is none. */
  async amend(id: string, change: (record: RunRecord) => RunRecord): Promise<void> {
    const database = await this.#open();
    const { store, done } = database.transaction('records', 'readwrite');
    const record = migrateRecord(await store.get(id));
    await Promise.all([record ? store.put(change(record)) : undefined, done]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction('records', 'readwrite');
    await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done]);
  }
}
