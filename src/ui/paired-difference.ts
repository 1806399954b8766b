import type { Claim } from '../run/card';
import type { RunFacts } from '../run/events';
import type { MetricColumns, RunSeries } from '../run/run-series';
import type { XAxis } from '../run/x-axis';

/** What a run must tell to be compared. */
export interface Comparable {
  variant: string;
  seed: number;
  facts: RunFacts | undefined;
  series: Pick<RunSeries, 'of'>;
}

/** Method minus baseline, over seeds that both have run. */
export interface PairedDifference {
  pairs: readonly { seed: number; difference: number }[];
  mean: number;
}

const AXIS_OF: Readonly<Record<Claim['at'], XAxis>> = {
  'equal steps': 'step',
  'equal FLOPs': 'flops',
  'equal seconds': 'seconds',
};

/**
 * The claim's difference as it stands: each pair is read where the shorter of its two curves ends on the claim's axis,
 * between two reports by a straight line. Null while no seed has both.
 */
export function pairedDifference(claim: Claim, runs: readonly Comparable[]): PairedDifference | null {
  const axis = AXIS_OF[claim.at];
  const of = (variant: string, seed: number) =>
    runs.findLast((run) => run.variant === variant && run.seed === seed);
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
  const pairs = seeds.flatMap((seed) => {
    const method = curveOf(of(claim.method, seed), claim.metric, axis);
    const baseline = curveOf(of(claim.baseline, seed), claim.metric, axis);
    if (!method || !baseline) return [];
    const end = Math.min(lastOf(method), lastOf(baseline));
    const [here, there] = [valueAt(method, end), valueAt(baseline, end)];
    return here === null || there === null ? [] : [{ seed, difference: here - there }];
  });
  if (pairs.length === 0) return null;
  return { pairs, mean: pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length };
}

interface Curve {
  x: Float64Array;
  columns: MetricColumns;
}

function curveOf(run: Comparable | undefined, metric: string, axis: XAxis): Curve | null {
  const columns = run?.series.of(metric);
  const x = columns?.along(axis, run?.facts);
  return columns && x && columns.length > 0 ? { x, columns } : null;
}

const lastOf = ({ x, columns }: Curve): number => x[columns.length - 1] ?? Number.NaN;

/** The curve's height at `at`, or null before its first report. */
function valueAt({ x, columns }: Curve, at: number): number | null {
  const left = x.subarray(0, columns.length).findLastIndex((known) => known <= at);
  const [x0, y0] = [x[left], columns.value[left]];
  if (x0 === undefined || y0 === undefined) return null;
  const [x1, y1] = [x[left + 1], columns.value[left + 1]];
  if (left + 1 >= columns.length || x1 === undefined || y1 === undefined || x1 <= x0) return y0;
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
