import type { Card } from '../run/card';
import type { Measured, MeasuredVariant } from '../run/measured';
import type { RunRecord } from '../run/record';
import { decodeLink, encodeLink, seedsText } from '../spec/link';

/** Digits kept of each figure: more than anyone reads, and seeds still differ. */
const DIGITS = 6;
const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** Milliseconds of a training step, from the second half of a run: its first steps compile. */
export function msPerStepOf({ series }: Pick<RunRecord, 'series'>): number {
  const [longest] = series.toSorted(
    (a, b) => (b.step.at(-1) ?? 0) - (a.step.at(-1) ?? 0) || b.step.length - a.step.length,
  );
  if (!longest || longest.step.length === 0) return NaN;
  const [lastStep, lastMs] = [longest.step.at(-1) ?? NaN, longest.trainMs.at(-1) ?? NaN];
  const middle = longest.step.findIndex((step) => step >= lastStep / 2);
  const [step = 0, ms = 0] =
    middle === longest.step.length - 1 ? [] : [longest.step[middle], longest.trainMs[middle]];
  return (lastMs - ms) / (lastStep - step);
}

/** Figures of one variant: the last value of every metric that the table shows and that each of its runs told. */
function measureVariant(card: Card, name: string, records: readonly RunRecord[]): MeasuredVariant {
  const runs = records.toSorted((a, b) => a.seed - b.seed);
  const last = (record: RunRecord, metric: string): number =>
    record.series.find((series) => series.metric === metric)?.value.at(-1) ?? NaN;
  const values = Object.entries(card.metrics).flatMap(([metric, { shownIn }]): [string, number[]][] => {
    const list = runs.map((record) => rounded(last(record, metric)));
    return (shownIn ?? 'table') !== 'table' || !list.every(Number.isFinite) ? [] : [[metric, list]];
  });
  return {
    name,
    specDigest: runs[0]?.specDigest ?? '',
    seeds: runs.map(({ seed }) => seed),
    values: Object.fromEntries(values),
    flopsPerImage: runs[0]?.facts?.flopsPerImage ?? NaN,
    msPerStep: runs.map((record) => rounded(msPerStepOf(record))),
  };
}

/** What the runs of a preset showed. All are done, on one device. */
export function measure(
  card: Card,
  records: readonly RunRecord[],
  about: Pick<Measured, 'preset' | 'date'> & { options: string },
): Measured {
  const names = [...new Set(records.map(({ variant }) => variant))];
  const [first] = records;
  const variants = names.map((name) =>
    measureVariant(
      card,
      name,
      records.filter(({ variant }) => variant === name),
    ),
  );
  return {
    preset: about.preset,
    device: first?.device?.adapter ?? '',
    date: about.date,
    build: first?.build ?? '',
    command: commandFor(card, about.preset, variants, about.options),
    variants,
  };
}

/** The command that runs variants of a preset on all of their seeds. */
function commandFor(
  card: Card,
  preset: string,
  variants: readonly Pick<MeasuredVariant, 'name' | 'seeds'>[],
  options: string,
): string {
  const query = new URLSearchParams({
    e: card.id,
    p: preset,
    vs: variants.map(({ name }) => name).join('|'),
    seeds: seedsText([...new Set(variants.flatMap(({ seeds }) => seeds))]),
  });
  const { link } = decodeLink(new Map([[card.id, card]]), { search: query.toString(), hash: '' });
  const search = link ? encodeLink(card, link).search : `?${query.toString()}`;
  return `npm run lab -- run "${search}"${options}`;
}

/** One variant's figures by seed: those of `fresh`, and those that only `old` has. */
function united(old: MeasuredVariant, fresh: MeasuredVariant): MeasuredVariant {
  const seeds = [...new Set([...old.seeds, ...fresh.seeds])].sort((a, b) => a - b);
  const joined = (from: readonly number[], to: readonly number[]): number[] =>
    seeds.map((seed) => to[fresh.seeds.indexOf(seed)] ?? from[old.seeds.indexOf(seed)] ?? NaN);
  const values = Object.entries(fresh.values).flatMap(([metric, list]): [string, number[]][] => {
    const known = old.values[metric];
    return list && known ? [[metric, joined(known, list)]] : [];
  });
  return {
    ...fresh,
    seeds,
    values: Object.fromEntries(values),
    msPerStep: joined(old.msPerStep, fresh.msPerStep),
  };
}

/**
 * Adds fresh figures to those of an earlier command. What was measured on another device goes. A variant that computes
 * the same keeps its other seeds, one that computes something else is replaced, and one that was not run now stays.
 */
export function withEarlier(card: Card, fresh: Measured, old: Measured | null, options: string): Measured {
  if (old?.device !== fresh.device || old.preset !== fresh.preset) return fresh;
  const updated = old.variants.map((variant) => {
    const now = fresh.variants.find(({ name }) => name === variant.name);
    if (!now) return variant;
    return now.specDigest === variant.specDigest ? united(variant, now) : now;
  });
  const added = fresh.variants.filter(({ name }) => !old.variants.some((variant) => variant.name === name));
  const variants = [...updated, ...added];
  const { remark } = old;
  const command = commandFor(card, fresh.preset, variants, options);
  return { ...fresh, command, ...(remark !== undefined && { remark }), variants };
}
