import type { LensRun } from '../../src/experiments/task-weighting/lens/lens-run';
import { RunSeries } from '../../src/run/run-series';

/** Series of the given values after steps 1, 2, 3 …, or after every `stride`-th step. */
export function seriesOf(values: Readonly<Record<string, readonly number[]>>, stride = 1): RunSeries {
  const series = new RunSeries();
  for (const [metric, column] of Object.entries(values)) append(series, metric, column, stride);
  return series;
}

/** Adds values to the end of a series. */
export function append(series: RunSeries, metric: string, column: readonly number[], stride = 1): void {
  const before = series.of(metric)?.length ?? 0;
  const step = Float64Array.from(column, (_, i) => stride * (before + i + 1));
  series.append({ metric, step, trainMs: step.slice(), value: Float64Array.from(column) });
}

let made = 0;

/** A run of two tasks, `left` and `right`, unless its spec says otherwise. */
export function lensRun(parts: Partial<LensRun> = {}): LensRun {
  const spec = { tasks: 'multi-fashion', method: 'uw-so', scales: '1', ...parts.spec };
  return {
    id: `run-${made++}`,
    variant: 'UW-SO',
    seed: 0,
    specDigest: JSON.stringify(spec),
    status: 'done',
    series: new RunSeries(),
    ...parts,
    spec,
  };
}
