import type { Component } from 'svelte';
import type { LensProps } from './lens-props';

const modules = import.meta.glob<{ default: Component<LensProps> }>('../../experiments/*/lens/Lens.svelte');

/** Loads the lens of an experiment, a script of its own; null where the experiment has none. */
export const lensOf = (experiment: string): (() => Promise<{ default: Component<LensProps> }>) | null =>
  modules[`../../experiments/${experiment}/lens/Lens.svelte`] ?? null;
