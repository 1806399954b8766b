import type { Card, Claim } from '../run/card';
import type { RecordedClaim, Recording, Thumbnail } from '../run/recording';
import type { RunRecord } from '../run/record';
import { MetricColumns } from '../run/run-series';
import type { Snapshot } from '../run/snapshot';
import { judge } from '../run/verdict';
import type { XAxis } from '../run/x-axis';
import { applies } from '../spec/knob';
import { encodeLink, type Link } from '../spec/link';

/** Points of all curves of a thumbnail together: three kilobytes at most. */
const POINTS = 200;
const [FEWEST, MOST] = [6, 24];
const DIGITS = 4;

/** `count` of the items, the first and the last among them, evenly. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  if (count < 2) return items.slice(0, count);
  const places = Array.from({ length: count }, (_, i) => Math.round((i * (items.length - 1)) / (count - 1)));
  return items.filter((_, i) => places.includes(i));
}

/** Training time is shipped in steps of this many milliseconds: finer digits say nothing and compress badly. */
const TIME_STEP = 1 / 16;

/**
 * The record as it is shipped: all series and facts as they are, training times rounded to a sixteenth of a millisecond, and
 * of each name's snapshots `count`, evenly over the training, the first and the last among them; none for 0.
 */
export function recordedForm(record: RunRecord, count: number): RunRecord {
  const { snapshots = [], ...rest } = record;
  const names = [...new Set(snapshots.map(({ name }) => name))];
  const kept = names.flatMap((name): Snapshot[] =>
    evenly(
      snapshots.filter((one) => one.name === name),
      count,
    ),
  );
  const series = rest.series.map((columns) => ({
    ...columns,
    trainMs: columns.trainMs.map((ms) => Math.round(ms / TIME_STEP) * TIME_STEP),
  }));
  return { ...rest, series, origin: 'recorded', ...(kept.length > 0 && { snapshots: kept }) };
}

/** The hero metric's curves, thinned to the same steps. */
export function thumbnailOf(card: Card, records: readonly RunRecord[]): Thumbnail {
  const told = records.flatMap(({ series }) => series.filter(({ metric }) => metric === card.hero));
  const longest = told.toSorted((a, b) => b.step.length - a.step.length)[0];
  const count = Math.min(MOST, Math.max(FEWEST, Math.floor(POINTS / Math.max(1, told.length))));
  const steps = evenly([...(longest?.step ?? [])], count);
  const valuesOf = ({ series }: RunRecord): (number | null)[] => {
    const columns = series.find(({ metric }) => metric === card.hero);
    return steps.map((step) => {
      const value = columns?.value[columns.step.indexOf(step)];
      return value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(DIGITS));
    });
  };
  const variants = [...new Set(records.map(({ variant }) => variant))];
  const curves = variants.map((variant) => ({
    variant,
    values: bySeed(records.filter((record) => record.variant === variant)).map(valuesOf),
  }));
  return { metric: card.hero, steps, curves };
}

const bySeed = (records: readonly RunRecord[]): RunRecord[] => records.toSorted((a, b) => a.seed - b.seed);

const AXIS_OF: Readonly<Record<Claim['at'], XAxis>> = {
  'equal steps': 'step',
  'equal FLOPs': 'flops',
  'equal seconds': 'seconds',
};

/** A claim's metric over its axis; null for a run that did not tell it. */
function curveOf(record: RunRecord, { metric, at }: Claim): { x: Float64Array; value: Float64Array } | null {
  const series = record.series.find((one) => one.metric === metric);
  if (!series || series.step.length === 0) return null;
  const columns = new MetricColumns();
  columns.append(series);
  const x = columns.along(AXIS_OF[at], record.facts)?.subarray(0, columns.length);
  return x ? { x, value: series.value } : null;
}

/** Height of a curve at a place between its first and its last point, by a straight line between reports. */
function heightAt({ x, value }: { x: Float64Array; value: Float64Array }, at: number): number {
  const left = x.findLastIndex((known) => known <= at);
  const [x0 = NaN, x1 = NaN] = [x[left], x[left + 1]];
  const [y0 = NaN, y1 = NaN] = [value[left], value[left + 1]];
  return left + 1 < x.length && x1 > x0 ? y0 + ((y1 - y0) * (at - x0)) / (x1 - x0) : y0;
}

/** Method − baseline of every seed that both ran, read where the shorter of the two curves ends. */
function differencesOf(claim: Claim, records: readonly RunRecord[]): number[] {
  const of = (variant: string): RunRecord[] => bySeed(records.filter((one) => one.variant === variant));
  return of(claim.method).flatMap((method) => {
    const baseline = of(claim.baseline).find(({ seed }) => seed === method.seed);
    const [here, there] = [curveOf(method, claim), baseline ? curveOf(baseline, claim) : null];
    if (!here || !there) return [];
    const end = Math.min(here.x.at(-1) ?? NaN, there.x.at(-1) ?? NaN);
    const difference = heightAt(here, end) - heightAt(there, end);
    return Number.isFinite(difference) ? [difference] : [];
  });
}

/** The claims that the records can be held against, judged together as the page judges them. */
export function recordedClaims(card: Card, link: Link, records: readonly RunRecord[]): RecordedClaim[] {
  const tested = card.claims.flatMap((claim) => {
    const differences = differencesOf(claim, records);
    return applies(claim, link.spec) && differences.length > 0 ? [{ claim, differences, begun: true }] : [];
  });
  const verdicts = judge(tested);
  return tested.flatMap(({ claim: { metric, method, baseline, at } }, i) => {
    const verdict = verdicts[i];
    return verdict ? [{ metric, method, baseline, at, state: verdict.state, pairs: verdict.n }] : [];
  });
}

/** Everything that the page knows of recorded runs before their file has come. All are done, on one device. */
export function recordingOf(
  card: Card,
  link: Link,
  records: readonly RunRecord[],
  { cores, busy }: { cores: number; busy: boolean },
): Recording {
  const [first] = records;
  if (!first?.device) throw new Error('There is no run to record');
  const seeds = [...new Set(records.map(({ seed }) => seed))].sort((a, b) => a - b);
  const latest = Math.max(...records.map(({ createdAt }) => createdAt));
  const spent = records.flatMap(({ phases = {} }) => Object.values(phases).map(({ ms }) => ms));
  const variants = [...new Set(records.map(({ variant }) => variant))];
  return {
    experiment: card.id,
    preset: link.preset,
    link: encodeLink(card, { ...link, seeds, view: {} }).search,
    device: first.device,
    cores,
    date: new Date(latest).toISOString().slice(0, 10),
    build: first.build,
    ms: Math.round(spent.reduce((sum, ms) => sum + ms, 0)),
    ...(busy && { busy }),
    runs: variants.map((variant) => {
      const runs = bySeed(records.filter((record) => record.variant === variant));
      return { variant, specDigest: runs[0]?.specDigest ?? '', seeds: runs.map(({ seed }) => seed) };
    }),
    claims: recordedClaims(card, link, records),
    thumbnail: thumbnailOf(card, records),
  };
}
