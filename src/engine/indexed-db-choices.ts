import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Choice, ChoiceStore } from './choice-store';

interface Schema extends DBSchema {
  choices: { key: [adapter: string, key: string]; value: Choice };
}

/** Choices kept in IndexedDB, in a database of their own. Every method rejects with the browser's reason when it refuses. */
export class IndexedDbChoices implements ChoiceStore {
  private database: Promise<IDBPDatabase<Schema>> | null = null;

  constructor(private readonly name = 'seedlab-kernels') {}

  async find(adapter: string, keys: readonly string[]): Promise<Map<string, Choice>> {
    const transaction = (await this.open()).transaction('choices');
    const found = await Promise.all(
      keys.map(async (key) => [key, await transaction.store.get([adapter, key])] as const),
    );
    return new Map(found.flatMap(([key, choice]) => (choice ? [[key, choice] as const] : [])));
  }

  async settle(adapter: string, choices: ReadonlyMap<string, Choice>): Promise<Map<string, Choice>> {
    // One transaction: two workers that timed the same kernel at the same time end up with one choice.
    const { store, done } = (await this.open()).transaction('choices', 'readwrite');
    const standing = await Promise.all(
      [...choices].map(async ([key, choice]) => {
        const known = await store.get([adapter, key]);
        if (!known) await store.put(choice, [adapter, key]);
        return [key, known ?? choice] as const;
      }),
    );
    await done;
    return new Map(standing);
  }

  private open(): Promise<IDBPDatabase<Schema>> {
    this.database ??= openDB<Schema>(this.name, 1, {
      upgrade: (database) => void database.createObjectStore('choices'),
    });
    return this.database;
  }
}
