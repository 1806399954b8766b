import type { LabRun } from '../../../ui/lab-run.svelte';
import { ROUTING } from '../routing-snapshot';

/**
 * The run that is shown: the reader's choice while it is there, else the method's newest with pictures of its routing,
 * else the newest with any, else the method's newest, else the newest.
 * @param isMethod whether a variant is the experiment's method
 */
export function chosenRun(
  runs: readonly LabRun[],
  choice: string | null,
  isMethod: (variant: string) => boolean,
): LabRun | null {
  const pictured = runs.filter(({ snapshots }) => snapshots.of(ROUTING).length > 0);
  const ofMethod = ({ variant }: LabRun) => isMethod(variant);
  return (
    runs.find(({ id }) => id === choice) ??
    pictured.findLast(ofMethod) ??
    pictured.at(-1) ??
    runs.findLast(ofMethod) ??
    runs.at(-1) ??
    null
  );
}
