import type { Claim } from '../run/card';
import type { RunFacts } from '../run/events';
import type { Origin, RunStatus } from '../run/record';
import type { MetricColumns, RunSeries } from '../run/run-series';
import type { XAxis } from '../run/x-axis';

/** What a run must tell to be compared. */
export interface Comparable {
  variant: string;
  seed: number;
  build: string;
  /** Where it was trained, if that is told apart. */
  origin?: Origin;
  status: RunStatus;
  facts: RunFacts | undefined;
  series: Pick<RunSeries, 'of'>;
}

/** Method and baseline of one seed. */
export interface Pair<R extends Comparable = Comparable> {
  seed: number;
  method: R;
  baseline: R;
}

/** A pair with its values, both read at the same place. */
export interface ReadPair<R extends Comparable = Comparable> extends Pair<R> {
  methodValue: number;
  baselineValue: number;
  /** Method minus baseline. */
  difference: number;
  /** Both runs are done, so that it will not change any more. */
  done: boolean;
}

const AXIS_OF: Readonly<Record<Claim['at'], XAxis>> = {
  'equal steps': 'step',
  'equal FLOPs': 'flops',
  'equal seconds': 'seconds',
};

const isDone = ({ method, baseline }: Pair): boolean =>
  method.status === 'done' && baseline.status === 'done';

/**
 * Pairs of the claim's two variants, by seed: runs of one build and origin, the latest that are both done, or else the latest. Seeds
 * that only one of them has are left out.
 */
export function pairsOf<R extends Comparable>(
  { method, baseline }: Pick<Claim, 'method' | 'baseline'>,
  runs: readonly R[],
): Pair<R>[] {
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
  return seeds.flatMap((seed) => {
    const of = (variant: string): R[] => runs.filter((run) => run.variant === variant && run.seed === seed);
    const pairs = of(method).flatMap((run) =>
      of(baseline).flatMap((other) =>
        other.build === run.build && other.origin === run.origin
          ? [{ seed, method: run, baseline: other }]
          : [],
      ),
    );
    return pairs.findLast(isDone) ?? pairs.at(-1) ?? [];
  });
}

/**
 * The claim's differences as they stand: each pair is read where the shorter of its two curves ends on the claim's axis,
 * between two reports by a straight line. Pairs that have not both been evaluated by then are left out.
 */
export function pairedDifferences<R extends Comparable>(claim: Claim, runs: readonly R[]): ReadPair<R>[] {
  const axis = AXIS_OF[claim.at];
  return pairsOf(claim, runs).flatMap((pair) => {
    const method = curveOf(pair.method, claim.metric, axis);
    const baseline = curveOf(pair.baseline, claim.metric, axis);
    if (!method || !baseline) return [];
    const end = Math.min(lastOf(method), lastOf(baseline));
    const [here, there] = [valueAt(method, end), valueAt(baseline, end)];
    if (here === null || there === null) return [];
    const read = { methodValue: here, baselineValue: there, difference: here - there };
    return [{ ...pair, ...read, done: isDone(pair) }];
  });
}

interface Curve {
  x: Float64Array;
  columns: MetricColumns;
}

function curveOf(run: Comparable, metric: string, axis: XAxis): Curve | null {
  const columns = run.series.of(metric);
  const x = columns?.along(axis, run.facts);
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
