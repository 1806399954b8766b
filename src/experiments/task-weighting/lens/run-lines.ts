import type { Card } from '../../../run/card';
import { chartLines } from '../../../ui/chart-lines';
import type { ChartLine } from '../../../ui/charts/line';
import type { LabRun } from '../../../ui/lab-run.svelte';

interface Scene {
  card: Card;
  runs: readonly LabRun[];
  numbers: ReadonlyMap<string, number>;
}

/** The steps that runs have before them, known from their start; undefined until one has said. */
export function stepsDomain(runs: readonly LabRun[]): [number, number] | undefined {
  const last = Math.max(0, ...runs.map(({ facts }) => facts?.totalSteps ?? 0));
  return last > 0 ? [0, last] : undefined;
}

/** One series of several runs over the steps, in their variants' colours: further seeds are faint and without a name. */
export const runLines = ({ card, runs, numbers }: Scene, series: string): ChartLine[] =>
  chartLines({ card, runs, plan: runs, numbers, axis: 'step' }, series);
