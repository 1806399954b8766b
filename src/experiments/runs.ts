import type { Run } from '../run/experiment';

const modules = import.meta.glob<{ default: Run }>('./*/run.ts');

/**
 * The code of an experiment, loaded on demand in a worker.
 * @throws Error when no folder has that name.
 */
export async function loadRun(id: string): Promise<Run> {
  const load = modules[`./${id}/run.ts`];
  if (!load) throw new Error(`No experiment "${id}" has code to run`);
  return (await load()).default;
}
