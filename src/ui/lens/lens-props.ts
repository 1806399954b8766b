import type { Card } from '../../run/card';
import type { LabRun } from '../lab-run.svelte';

/** What every experiment's lens is given. */
export interface LensProps {
  card: Card;
  /** Runs of the present setting, in the order they were made. */
  runs: readonly LabRun[];
  /** Place of every variant in the palette. */
  numbers: ReadonlyMap<string, number>;
  /** Goes up whenever the series of any run have grown. */
  revision: number;
}
