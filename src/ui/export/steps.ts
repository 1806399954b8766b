import type { SeriesRecord } from '../../run/record';

/** All that a run told after one step. */
export interface ToldStep {
  step: number;
  /** Milliseconds of training up to there. */
  trainMs: number;
  /** By metric. */
  values: ReadonlyMap<string, number>;
}

/** A run's series, turned from columns into steps, in order. */
export function stepsOf(series: readonly SeriesRecord[]): ToldStep[] {
  const steps = new Map<number, { step: number; trainMs: number; values: Map<string, number> }>();
  for (const { metric, step: column, trainMs, value } of series)
    column.forEach((step, i) => {
      let told = steps.get(step);
      if (!told) steps.set(step, (told = { step, trainMs: trainMs[i] ?? 0, values: new Map() }));
      told.values.set(metric, value[i] ?? NaN);
    });
  return [...steps.values()].sort((a, b) => a.step - b.step);
}
