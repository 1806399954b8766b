import type { LabRun } from '../../../ui/lab-run.svelte';
import { countOf } from '../../../ui/quantity';
import { fixedNumber, shortNumber } from './number-words';
import { isTract, sameBut } from './shown-pair';

/** What is read of a run to say how long its steps took. */
type Timed = Pick<LabRun, 'id' | 'variant' | 'seed' | 'spec' | 'status'> & {
  series: Pick<LabRun['series'], 'latest'>;
};

/** Milliseconds of a training step, the mean over a run but for its first ones. */
export interface StepTimes {
  tract: number;
  vanilla: number;
}

/** Of every seed, the newest two finished runs that differ in the first layer's update alone. */
export function stepTimesOf(runs: readonly Timed[]): StepTimes[] {
  const timed = runs.filter(
    ({ status, series }) => status === 'done' && Number(series.latest('stepTime')) > 0,
  );
  const pairs = new Map<string, StepTimes>();
  for (const run of timed.filter(isTract)) {
    const other = timed.findLast(
      (vanilla) => !isTract(vanilla) && vanilla.seed === run.seed && sameBut(vanilla) === sameBut(run),
    );
    const [tract, vanilla] = [run, other].map((of) => of?.series.latest('stepTime') ?? NaN);
    if (other && tract !== undefined && vanilla !== undefined)
      pairs.set(`${run.seed} ${sameBut(run)}`, { tract, vanilla });
  }
  return [...pairs.values()];
}

/**
 * What the update costs: by how many per cent a step is longer, over all pairs by the geometric mean of their quotients, with the
 * least and the most. Null where there is no pair.
 */
export function overheadWords(pairs: readonly StepTimes[]): string | null {
  const [only] = pairs;
  if (!only) return null;
  const quotients = pairs.map(({ tract, vanilla }) => tract / vanilla);
  const centre = Math.exp(
    quotients.reduce((sum, quotient) => sum + Math.log(quotient), 0) / quotients.length,
  );
  if (pairs.length === 1)
    return `A step took ${shortNumber(only.tract)} ms with TrAct and ${shortNumber(only.vanilla)} ms without: ${longer(centre)}.`;
  return `A step was ${longer(centre)} with TrAct than without, the geometric mean of ${countOf(pairs.length, 'pair')} of runs; pair by pair ${percent(Math.min(...quotients))} to ${percent(Math.max(...quotients))}.`;
}

const percent = (quotient: number): string => `${fixedNumber(100 * (quotient - 1), 1)} %`;
const longer = (quotient: number): string =>
  quotient >= 1 ? `${percent(quotient)} longer` : `${percent(2 - quotient)} shorter`;
