import { mean, tHalfWidth } from '../math/interval';
import type { Card, MetricInfo, Sweep } from '../run/card';
import type { RunFacts } from '../run/events';
import type { PlannedRun } from '../run/plan';
import type { RunStatus } from '../run/record';
import type { RunSeries } from '../run/run-series';
import { canonicalJson } from '../spec/digest';
import { applies, type Spec } from '../spec/knob';
import type { ChartedSweep } from './sweep';
import { dashOf } from './palette';
import { sweepAxis, type SweepAxis } from './sweep-axis';
import { derivationOf, settingsText } from './variant-name';

/** What a run must tell to become a point. */
export interface SweptRun extends Pick<PlannedRun, 'variant' | 'seed' | 'spec' | 'specDigest'> {
  id: string;
  status: RunStatus;
  shown: boolean;
  facts: Pick<RunFacts, 'flopsPerImage'> | undefined;
  series: Pick<RunSeries, 'latest'>;
}

/** One setting: the mean of its runs over seeds. */
export interface SweepPoint {
  /** Digest of what its runs compute. */
  id: string;
  /** Value of the sweep's knob in words, `capacity 25 %`; `''` where the knob changes nothing. */
  setting: string;
  /** Its place; null on a level line, which has the same value everywhere. */
  x: number | null;
  /** By seed. */
  runs: readonly { id: string; seed: number; value: number }[];
  mean: number;
  /** Half the width of the 95 % t-interval; null of one seed. */
  half: number | null;
}

/** One metric of settings that differ in the sweep's knob alone, joined in the order of the axis. */
export interface SweepLine {
  id: string;
  /** Names variant and metric, as far as other lines of the chart have others. */
  name: string;
  variant: string;
  /** Place in the palette. */
  color: number;
  dash: readonly number[];
  /** Its markers are outlines. */
  hollow: boolean;
  metric: MetricInfo;
  /** The knob changes nothing: one value, drawn from edge to edge. */
  level: boolean;
  points: readonly SweepPoint[];
}

export interface SweepPicture {
  axis: SweepAxis;
  /** What is drawn, all of one unit. */
  metrics: readonly MetricInfo[];
  /** Every line that the plan asks for, with points or without. */
  lines: readonly SweepLine[];
  /** Runs of the plan, and how many of them are done. */
  planned: number;
  done: number;
}

export interface PictureScene {
  card: Card;
  runs: readonly SweptRun[];
  plan: readonly PlannedRun[];
  numbers: ReadonlyMap<string, number>;
}

/** Share of intervals that hold the true mean. */
export const LEVEL = 0.95;

/** Of a chart with several metrics, which share their variant's colour. */
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 2], [10, 3, 2, 3]];

/**
 * Last values of some metrics along a sweep. Only runs that are done count, the latest of each setting and seed. Runs of
 * earlier settings count where they differ from a planned one in the sweep's knob alone.
 */
export function sweepPicture(
  { card, runs, plan, numbers }: PictureScene,
  sweep: ChartedSweep,
  metricNames: readonly string[],
): SweepPicture {
  const places = new Map<string, { first: PlannedRun; level: boolean; runs: SweptRun[] }>();
  const planned = new Set(plan.map(({ specDigest }) => specDigest));
  for (const run of plan) {
    const key = lineKey(card, sweep, run);
    if (!places.has(key)) places.set(key, { first: run, level: isLevel(card, sweep, run), runs: [] });
  }
  for (const run of runs) {
    if (run.status !== 'done' || !run.shown) continue;
    if (planned.has(run.specDigest) || !standsAlone(card, sweep, run))
      places.get(lineKey(card, sweep, run))?.runs.push(run);
  }
  const swept = [...plan, ...[...places.values()].flatMap((place) => place.runs)];
  const axis = sweepAxis(
    card,
    sweep,
    swept.filter((run) => !isLevel(card, sweep, run)).map(({ spec }) => spec),
  );
  const metrics = metricNames.flatMap((name) => {
    const info = card.metrics[name];
    return info ? [{ name, info }] : [];
  });
  const nameOf = (variant: string, { label }: MetricInfo): string => {
    if (metrics.length === 1) return variant;
    return places.size === 1 ? label : `${variant}, ${label}`;
  };
  const isDone = (wanted: PlannedRun): boolean =>
    runs.some(
      ({ status, specDigest, seed }) =>
        status === 'done' && specDigest === wanted.specDigest && seed === wanted.seed,
    );
  return {
    axis,
    metrics: metrics.map(({ info }) => info),
    lines: [...places].flatMap(([key, { first, level, runs: members }]) => {
      const color = numbers.get(first.variant) ?? numbers.size;
      const variant = lineName(card, sweep, first.variant);
      return metrics.map(({ name, info }, i) => ({
        id: `${key} ${name}`,
        name: nameOf(variant, info),
        variant,
        color,
        dash: metrics.length === 1 ? dashOf(color) : (DASHES[i % DASHES.length] ?? []),
        hollow: i % 2 === 1,
        metric: info,
        level,
        points: pointsOf({ card, sweep, axis, metric: name, level }, members),
      }));
    }),
    planned: plan.length,
    done: plan.filter(isDone).length,
  };
}

type Setting = Pick<PlannedRun, 'variant' | 'spec'>;

const isBeside = (card: Card, { beside }: Sweep, variant: string): boolean => {
  const { base } = derivationOf(card, variant);
  return base !== null && beside.includes(base);
};

/** Whether the sweep's knob says nothing of a setting: for each of its values it would be the same. */
const isLevel = (card: Card, sweep: ChartedSweep, { variant, spec }: Setting): boolean => {
  const knob = card.knobs[sweep.knob];
  return sweep.chart.x === 'knob' && (isBeside(card, sweep, variant) || !knob || !applies(knob, spec));
};

/** Whether a setting is joined with no other. */
const standsAlone = (card: Card, sweep: ChartedSweep, setting: Setting): boolean =>
  isBeside(card, sweep, setting.variant) || isLevel(card, sweep, setting);

const without = (spec: Spec, knob: string): Spec =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => name !== knob));

/** Equal for runs that one line joins. */
const lineKey = (card: Card, sweep: ChartedSweep, setting: Setting): string =>
  canonicalJson(standsAlone(card, sweep, setting) ? setting.spec : without(setting.spec, sweep.knob));

/** A variant's name without the sweep's knob, which tells the points of its line apart. */
function lineName(card: Card, { knob }: Sweep, variant: string): string {
  const { base, extra } = derivationOf(card, variant);
  const rest = settingsText(card, without(extra, knob));
  return [base ?? '', rest].filter((part) => part !== '').join(', ') || variant;
}

interface LineScene {
  card: Card;
  sweep: Sweep;
  axis: SweepAxis;
  metric: string;
  level: boolean;
}

function pointsOf(
  { card, sweep: { knob }, axis, metric, level }: LineScene,
  runs: readonly SweptRun[],
): SweepPoint[] {
  const points = new Map<string, { spec: Spec; x: number | null; bySeed: Map<number, [string, number]> }>();
  for (const run of runs) {
    const value = run.series.latest(metric);
    const x = level ? null : axis.placeOf(run);
    if ((x === null && !level) || value === undefined || !Number.isFinite(value)) continue;
    let point = points.get(run.specDigest);
    if (!point) points.set(run.specDigest, (point = { spec: run.spec, x, bySeed: new Map() }));
    point.bySeed.set(run.seed, [run.id, value]);
  }
  return [...points]
    .map(([id, { spec, x, bySeed }]): SweepPoint => {
      const members = [...bySeed]
        .map(([seed, [runId, value]]) => ({ id: runId, seed, value }))
        .sort((a, b) => a.seed - b.seed);
      const values = members.map(({ value }) => value);
      const about = card.knobs[knob];
      const value = spec[knob];
      const says = !level && about && value !== undefined && applies(about, spec);
      return {
        id,
        setting: says ? settingsText(card, { [knob]: value }) : '',
        x,
        runs: members,
        mean: mean(values),
        half: tHalfWidth(values, LEVEL),
      };
    })
    .sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
}

/** What the points and whiskers are, for the chart's caption: never left to be guessed. */
export function sweepCaption({
  lines,
  planned,
  done,
}: Pick<SweepPicture, 'lines' | 'planned' | 'done'>): string {
  const counts = lines.flatMap(({ points }) => points.map(({ runs }) => runs.length));
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const interval = `, ${100 * LEVEL} % t-interval`;
  const seeds =
    most === 1
      ? '1 seed'
      : fewest === most
        ? `mean of ${most} seeds${interval}`
        : `mean of ${fewest} to ${most} seeds${interval}${fewest === 1 ? ' where more than 1' : ''}`;
  const progress = done < planned ? [`${done} of ${planned} runs done`] : [];
  return [...progress, ...(counts.length > 0 ? [seeds] : [])].join(' · ');
}
