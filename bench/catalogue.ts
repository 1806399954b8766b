import type { Engine } from './engine';
import type { Workload } from './workload';

/** The engine whose losses the others must have. */
export const REFERENCE = 'seedlab';

/** Modules' default exports by the names of their files, ours first and then by name. */
function byFileName<Value>(
  modules: Readonly<Record<string, { default: Value }>>,
): ReadonlyMap<string, Value> {
  const named = Object.entries(modules).map(
    ([file, { default: value }]) => [file.replace(/^.*\//, '').replace(/\.ts$/, ''), value] as const,
  );
  const isOurs = (name: string) => (name.startsWith(REFERENCE) ? 0 : 1);
  return new Map(named.sort(([a], [b]) => isOurs(a) - isOurs(b) || (a < b ? -1 : 1)));
}

/** Every engine; adding one is adding a file. */
export const engines = byFileName(import.meta.glob<{ default: Engine }>('./engines/*.ts', { eager: true }));

/** Every workload; adding one is adding a file. */
export const workloads = byFileName(
  import.meta.glob<{ default: Workload }>('./workloads/*.ts', { eager: true }),
);
