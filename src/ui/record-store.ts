import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { RECORD_SCHEMA, type RunRecord } from '../run/record';

interface Schema extends DBSchema {
  records: { key: string; value: RunRecord; indexes: { experiment: string } };
}

/** Where runs outlive the page: IndexedDB. Every method rejects with the browser's own reason when it refuses. */
export class RecordStore {
  #database: Promise<IDBPDatabase<Schema>> | null = null;

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>('seedlab', 1, {
      upgrade(database) {
        database.createObjectStore('records', { keyPath: 'id' }).createIndex('experiment', 'experiment');
      },
    });
    return this.#database;
  }

  /** Records of an experiment, oldest first. Those of a later schema than this page knows are left alone. */
  async list(experiment: string): Promise<RunRecord[]> {
    const database = await this.#open();
    const records = await database.getAllFromIndex('records', 'experiment', experiment);
    return records
      .filter(({ schema }: { schema: number }) => schema === RECORD_SCHEMA)
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  async get(id: string): Promise<RunRecord | undefined> {
    const database = await this.#open();
    return database.get('records', id);
  }

  async save(record: RunRecord): Promise<void> {
    const database = await this.#open();
    await database.put('records', record);
  }

  async remove(ids: readonly string[]): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction('records', 'readwrite');
    await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done]);
  }
}
