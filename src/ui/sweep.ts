import type { Card, Sweep } from '../run/card';
import { planRuns, type PlannedRun } from '../run/plan';
import { applies, type Spec } from '../spec/knob';
import { customVariant, namedVariant, type Link, type VariantChoice } from '../spec/link';

/** A sweep with a chart of its own. */
export type ChartedSweep = Sweep & { chart: NonNullable<Sweep['chart']> };

/** The variants that a sweep compares: each of its variants at each value, then those beside them, once. */
export function sweepVariants(card: Card, { knob, values, variants, beside }: Sweep): VariantChoice[] {
  const swept = variants.flatMap((name) =>
    values.map((value) => customVariant(card, { ...namedVariant(card, name).diff, [knob]: value })),
  );
  const all = [...swept, ...beside.map((name) => namedVariant(card, name))];
  return [...new Map(all.map((variant) => [variant.name, variant])).values()];
}

/** The runs that a sweep asks for in a setting. */
export const sweepRuns = (card: Card, link: Link, sweep: Sweep): PlannedRun[] =>
  planRuns(card, { ...link, variants: sweepVariants(card, sweep) });

/** Whether two lists of variants are the same, in whatever order. */
export const sameVariants = (a: readonly { name: string }[], b: readonly { name: string }[]): boolean =>
  a.length === b.length && a.every(({ name }) => b.some((other) => other.name === name));

/** The sweeps on offer in a setting: those that say something there, and the one that it compares. */
export const offeredSweeps = (card: Card, link: Link): Sweep[] =>
  (card.sweeps ?? []).filter((sweep) => applies(sweep, link.spec) || isSet(card, link, sweep));

/** Whether a setting compares exactly what a sweep does. */
export const isSet = (card: Card, link: Link, sweep: Sweep): boolean =>
  sameVariants(link.variants, sweepVariants(card, sweep));

/** A run whose length in milliseconds is known, if `wholeMs` is not null. */
interface Timed {
  spec: Spec;
  wholeMs: number | null;
}

/**
 * About how long one run of the sweep takes: the mean over runs that differ from the setting only in what variants and
 * the sweep set. Null where there is none.
 */
export function sweepRunMs(card: Card, base: Spec, sweep: Sweep, runs: readonly Timed[]): number | null {
  const varied = new Set([sweep.knob, ...Object.values(card.variants).flatMap((diff) => Object.keys(diff))]);
  const fixed = Object.keys(card.knobs).filter((knob) => !varied.has(knob));
  const known = runs.flatMap(({ spec, wholeMs }) =>
    wholeMs !== null && fixed.every((knob) => spec[knob] === base[knob]) ? [wholeMs] : [],
  );
  return known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0) / known.length;
}
