import { mean, tHalfWidth, type TQuantile } from '../math/interval';
import type { Card, Sweep } from '../run/card';
import type { RunFacts } from '../run/events';
import type { PlannedRun } from '../run/plan';
import type { RunStatus } from '../run/record';
import type { RunSeries } from '../run/run-series';
import { canonicalJson } from '../spec/digest';
import { applies, type Spec } from '../spec/knob';
import { derivationOf, settingsText } from './variant-name';

/** What a run must tell to become a point. */
export interface FrontRun extends Pick<PlannedRun, 'variant' | 'seed' | 'spec' | 'specDigest'> {
  id: string;
  status: RunStatus;
  shown: boolean;
  facts: Pick<RunFacts, 'flopsPerImage'> | undefined;
  series: Pick<RunSeries, 'latest'>;
}

/** One setting: the mean of its runs over seeds. */
export interface FrontPoint {
  /** Digest of what its runs compute. */
  id: string;
  /** Value of the sweep's knob in words, `capacity 25 %`; `''` where the knob changes nothing. */
  setting: string;
  /** Multiply-accumulates of one image's forward pass. */
  flops: number;
  /** By seed. */
  runs: readonly { id: string; seed: number; value: number }[];
  mean: number;
  /** Half the width of the 95 % t-interval; null of one seed. */
  half: number | null;
}

/** Settings that differ in the sweep's knob alone, joined in order of their FLOPs. */
export interface FrontLine {
  id: string;
  name: string;
  /** Place in the palette. */
  color: number;
  points: readonly FrontPoint[];
}

export interface Front {
  /** Every line that the plan asks for, with points or without. */
  lines: readonly FrontLine[];
  /** Runs of the plan, and how many of them are done. */
  planned: number;
  done: number;
}

interface Scene {
  card: Card;
  runs: readonly FrontRun[];
  plan: readonly PlannedRun[];
  numbers: ReadonlyMap<string, number>;
}

/** Share of intervals that hold the true mean. */
export const LEVEL = 0.95;

/**
 * Final value of the hero metric against the FLOPs of one image. Only runs that are done count, the latest of each
 * setting and seed. Runs of earlier settings count where they differ from a planned one in the sweep's knob alone.
 * @param quantile null leaves out the intervals.
 */
export function frontOf({ card, runs, plan, numbers }: Scene, quantile: TQuantile | null): Front {
  const [sweep] = card.sweeps ?? [];
  if (!sweep) return { lines: [], planned: 0, done: 0 };
  const places = new Map<string, { first: PlannedRun; runs: FrontRun[] }>();
  const planned = new Set(plan.map(({ specDigest }) => specDigest));
  for (const run of plan) {
    const key = lineKey(card, sweep, run);
    if (!places.has(key)) places.set(key, { first: run, runs: [] });
  }
  for (const run of runs) {
    if (run.status !== 'done' || !run.shown) continue;
    if (planned.has(run.specDigest) || !isBeside(card, sweep, run.variant))
      places.get(lineKey(card, sweep, run))?.runs.push(run);
  }
  const isDone = (wanted: PlannedRun): boolean =>
    runs.some(
      ({ status, specDigest, seed }) =>
        status === 'done' && specDigest === wanted.specDigest && seed === wanted.seed,
    );
  return {
    lines: [...places].map(([id, { first, runs: members }]) => ({
      id,
      name: lineName(card, sweep, first.variant),
      color: numbers.get(first.variant) ?? numbers.size,
      points: pointsOf(card, sweep, members, quantile),
    })),
    planned: plan.length,
    done: plan.filter(isDone).length,
  };
}

const isBeside = (card: Card, { beside }: Sweep, variant: string): boolean => {
  const { base } = derivationOf(card, variant);
  return base !== null && beside.includes(base);
};

const without = (spec: Spec, knob: string): Spec =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => name !== knob));

/** Equal for runs that one line joins. */
const lineKey = (card: Card, sweep: Sweep, { variant, spec }: Pick<PlannedRun, 'variant' | 'spec'>) =>
  canonicalJson(isBeside(card, sweep, variant) ? spec : without(spec, sweep.knob));

/** A variant's name without the sweep's knob, which tells the points of its line apart. */
function lineName(card: Card, { knob }: Sweep, variant: string): string {
  const { base, extra } = derivationOf(card, variant);
  const rest = settingsText(card, without(extra, knob));
  return [base ?? '', rest].filter((part) => part !== '').join(', ') || variant;
}

function pointsOf(
  card: Card,
  { knob }: Sweep,
  runs: readonly FrontRun[],
  quantile: TQuantile | null,
): FrontPoint[] {
  const points = new Map<string, { spec: Spec; flops: number; bySeed: Map<number, [string, number]> }>();
  for (const { id, seed, spec, specDigest, facts, series } of runs) {
    const value = series.latest(card.hero);
    if (!facts || value === undefined || !Number.isFinite(value)) continue;
    let point = points.get(specDigest);
    if (!point) points.set(specDigest, (point = { spec, flops: facts.flopsPerImage, bySeed: new Map() }));
    point.bySeed.set(seed, [id, value]);
  }
  return [...points]
    .map(([id, { spec, flops, bySeed }]): FrontPoint => {
      const members = [...bySeed]
        .map(([seed, [runId, value]]) => ({ id: runId, seed, value }))
        .sort((a, b) => a.seed - b.seed);
      const values = members.map(({ value }) => value);
      const about = card.knobs[knob];
      const value = spec[knob];
      const says = about && value !== undefined && applies(about, spec);
      return {
        id,
        setting: says ? settingsText(card, { [knob]: value }) : '',
        flops,
        runs: members,
        mean: mean(values),
        half: quantile && tHalfWidth(values, LEVEL, quantile),
      };
    })
    .sort((a, b) => a.flops - b.flops);
}

/** What the points and whiskers are, for the chart's caption: never left to be guessed. */
export function frontCaption({ lines, planned, done }: Front, withIntervals: boolean): string {
  const counts = lines.flatMap(({ points }) => points.map(({ runs }) => runs.length));
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const interval = withIntervals ? `, ${100 * LEVEL} % t-interval` : '';
  const seeds =
    most === 1
      ? '1 seed'
      : fewest === most
        ? `mean of ${most} seeds${interval}`
        : `mean of ${fewest} to ${most} seeds${interval}${interval && fewest === 1 ? ' where more than 1' : ''}`;
  const progress = done < planned ? [`${done} of ${planned} runs done`] : [];
  return [...progress, ...(counts.length > 0 ? [seeds] : [])].join(' · ');
}
