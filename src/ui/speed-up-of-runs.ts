import type { CurvePoint } from '../math/speed-up';
import type { SpeedUp } from '../run/card';
import type { RunFacts } from '../run/events';
import type { PlannedRun } from '../run/plan';
import type { Fault } from '../run/protocol';
import type { RunStatus } from '../run/record';
import type { RunSeries } from '../run/run-series';
import type { XAxis } from '../run/x-axis';
import type { SpeedUpPair } from './speed-up';

/** What a run must tell to be paired. */
export interface PairableRun extends Pick<PlannedRun, 'variant' | 'seed' | 'specDigest'> {
  build: string;
  status: RunStatus;
  shown: boolean;
  facts: RunFacts | undefined;
  fault: Fault | undefined;
  series: Pick<RunSeries, 'of'>;
}

/** Pairs that are there, of those that a setting asks for. */
export interface PlannedPairs {
  pairs: readonly SpeedUpPair[];
  planned: number;
}

/**
 * Learning curves of the speed-up's two variants, seed by seed, as they were evaluated, for the seeds whose baseline is
 * done: the latest that has a method of the same build. Null where the setting does not compare the two, or none of their
 * runs is shown.
 */
export function pairsOfRuns(
  { method, baseline, metric }: SpeedUp,
  { runs, plan }: { runs: readonly PairableRun[]; plan: readonly PlannedRun[] },
  axis: XAxis,
): PlannedPairs | null {
  const isOf = (variant: string, seed: number) => (run: Pick<PlannedRun, 'variant' | 'seed'>) =>
    run.variant === variant && run.seed === seed;
  const seeds = plan
    .filter(({ variant, seed }) => variant === baseline && plan.some(isOf(method, seed)))
    .map(({ seed }) => seed);
  const present = runs.filter((run) =>
    plan.some(({ specDigest, seed }) => specDigest === run.specDigest && seed === run.seed),
  );
  const drawn = present.filter(({ shown }) => shown);
  if (seeds.length === 0 || (present.length > 0 && drawn.length === 0)) return null;

  const pairs = seeds.flatMap((seed): SpeedUpPair[] => {
    const done = drawn.filter((run) => isOf(baseline, seed)(run) && run.status === 'done').toReversed();
    const [first, ...others] = done.map((base) => ({
      base,
      other: drawn.findLast((run) => isOf(method, seed)(run) && run.build === base.build),
    }));
    const best = first?.other ? first : (others.find(({ other }) => other) ?? first);
    const ending = best ? curveOf(best.base, metric, axis) : [];
    if (!best || !Number.isFinite(ending.at(-1)?.y)) return [];
    const { other } = best;
    return [
      { seed, baseline: ending, method: other ? curveOf(other, metric, axis) : [], ended: hasEnded(other) },
    ];
  });
  return { pairs, planned: seeds.length };
}

/** Whether all has been seen of a run: it is done, or its training has left the finite numbers. One stopped may have come further. */
const hasEnded = (run: PairableRun | undefined): boolean =>
  run?.status === 'done' || (run?.status === 'failed' && run.fault?.name === 'DivergedError');

function curveOf({ series, facts }: PairableRun, metric: string, axis: XAxis): CurvePoint[] {
  const columns = series.of(metric);
  const x = columns?.along(axis, facts);
  if (!columns || !x) return [];
  return Array.from(columns.value.subarray(0, columns.length), (y, i) => ({ x: x[i] ?? NaN, y }));
}
