import type { Explanation } from './explanation';

const modules = import.meta.glob<{ default: Explanation }>('../../experiments/*/explanation.md');

/** Loads what an experiment says of its method, a script of its own; null where it says nothing. */
export const explanationOf = (experiment: string): (() => Promise<{ default: Explanation }>) | null =>
  modules[`../../experiments/${experiment}/explanation.md`] ?? null;
