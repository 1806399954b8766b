import type { Card } from '../run/card';
import type { PlannedRun } from '../run/plan';
import { applies } from '../spec/knob';
import type { Link } from '../spec/link';
import { isSet, type ChartedSweep } from './sweep';
import { sweepPicture, type PictureScene } from './sweep-picture';

/** Whether two runs are done that differ in the sweep's knob alone. */
const joinsRuns = (scene: PictureScene, sweep: ChartedSweep): boolean =>
  sweepPicture(scene, sweep, sweep.chart.metrics).lines.some(
    ({ level, points }) => !level && points.length > 1,
  );

/**
 * The sweep whose chart stands beside the curves: the one whose variants are compared; else one over a knob of which two
 * runs are done; else the first that is drawn against FLOPs, which needs no sweep to say something.
 */
export function drawnSweep(scene: PictureScene, link: Link): ChartedSweep | null {
  const { card } = scene;
  const charted = (card.sweeps ?? []).flatMap((sweep): ChartedSweep[] =>
    sweep.chart && applies(sweep, link.spec) ? [{ ...sweep, chart: sweep.chart }] : [],
  );
  return (
    charted.find((sweep) => isSet(card, link, sweep)) ??
    charted.find((sweep) => sweep.chart.x === 'knob' && joinsRuns(scene, sweep)) ??
    charted.find((sweep) => sweep.chart.x === 'flops') ??
    null
  );
}

/** A sweep's metrics that planned runs tell, those of one unit together: each list has a chart. */
export function metricsByUnit(
  card: Card,
  { chart }: ChartedSweep,
  plan: readonly Pick<PlannedRun, 'spec'>[],
): string[][] {
  const groups = new Map<string, string[]>();
  for (const metric of chart.metrics) {
    const info = card.metrics[metric];
    if (!info || !plan.some(({ spec }) => applies(info, spec))) continue;
    groups.set(info.unit, [...(groups.get(info.unit) ?? []), metric]);
  }
  return [...groups.values()];
}
