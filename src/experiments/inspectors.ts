import type { OpenInspector } from '../run/inspector';
import type { Knobs } from '../spec/knob';

const modules = import.meta.glob<{ default: OpenInspector<Knobs, unknown> }>('./*/inspect.ts');

/**
 * What answers questions about an experiment's models, loaded on demand in a worker.
 * @throws Error when no folder of that name answers any.
 */
export async function loadInspector(id: string): Promise<OpenInspector<Knobs, unknown>> {
  const load = modules[`./${id}/inspect.ts`];
  if (!load) throw new Error(`Models of the experiment "${id}" answer no questions`);
  return (await load()).default;
}
