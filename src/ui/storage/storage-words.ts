import type { StorageTrouble } from '../record-keeper.svelte';

/** A size with one decimal: `12.3 MB`. */
export function bytesText(bytes: number): string {
  const [divisor, unit] =
    bytes < 1e6 ? ([1e3, 'kB'] as const) : bytes < 1e9 ? ([1e6, 'MB'] as const) : ([1e9, 'GB'] as const);
  return `${(bytes / divisor).toFixed(1)}\u00a0${unit}`;
}

/**
 * What a reload would lose, and why, as sentences; null where it would lose nothing.
 * @param files why models and checkpoints are not kept
 */
export function lossText(trouble: StorageTrouble | null, files: string | null): string | null {
  if (trouble?.kind === 'full')
    return 'The browser’s storage is full, so nothing more is saved: training goes on, and what it finds from here is lost when this page closes. Remove runs below, or see what takes the space under Storage.';
  if (trouble && files !== null)
    return `This browser keeps nothing for this page (${trouble.reason}). Everything works, but when the page is closed or reloaded, its runs with their curves, models and checkpoints are lost.`;
  if (trouble)
    return `This browser does not store runs (${trouble.reason}). Everything works, but when the page is closed or reloaded, its runs and their curves are lost, and no run can go on from its checkpoint.`;
  if (files !== null)
    return `${files}. Runs and their curves are kept, models and checkpoints are not: a run that is interrupted has to begin anew.`;
  return null;
}
