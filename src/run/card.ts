import type { Condition, Knobs, KnobValue, SpecOf } from '../spec/knob';
import type { Problem } from '../spec/parse-spec';
import type { Measured } from './measured';
import type { Seed } from './seed';

/** How a number is named, printed and judged, and in which settings runs tell it. */
export interface MetricInfo extends Condition {
  label: string;
  /** Printed beside the value; `''` for a pure number. A fraction shown in per cent has the unit `%`. */
  unit: string;
  better: 'lower' | 'higher' | 'neither';
  /** Fixed axis range, for quantities with natural bounds. */
  domain?: readonly [number, number];
  /** It goes through orders of magnitude, and is drawn on a log axis unless the reader wants a linear one. */
  scale?: 'log';
  /** Decimals in tables and read-outs; significant digits are used where it is absent. */
  decimals?: number;
  /**
   * Where it is shown: as a curve, in the table of runs, or, where absent, in both; by the experiment's lens alone. A number
   * that a run tells once, or whose curve the lens draws, has no curve of its own; one that judges nothing has no column.
   */
  shownIn?: 'chart' | 'table' | 'lens';
}

/**
 * Name of one member of a family of metrics: what runs tell of each of several things whose number the setting decides,
 * for example the weight of every task: `weight.left`.
 */
export type Member<F extends string> = F extends string ? `${F}.${string}` : never;

/** A named difference from the base spec. */
export type VariantDiff<K extends Knobs> = Partial<SpecOf<K>>;

export interface Preset<K extends Knobs> {
  label: string;
  /** What it runs and what it asks. */
  about: string;
  /** What its measured figures say: whether the claim held at this size, and why it may not have. */
  found?: string;
  spec: Partial<SpecOf<K>>;
  /** Variants that it compares where the link does not say; those of the card where absent. */
  compare?: readonly string[];
  measured?: Measured;
}

/** One knob over several values for some variants: queued in one click, and drawn as lines over the sweep. */
export interface Sweep<Name extends string = string, M extends string = string> {
  label: string;
  /** What it shows. */
  about: string;
  knob: Name;
  values: readonly KnobValue[];
  /** Variants of the card that take every value. */
  variants: readonly string[];
  /** Variants that the knob does not change, run once beside them. */
  beside: readonly string[];
  /**
   * What its chart has along x: the FLOPs of one image, or the knob itself. Metrics are drawn at their last values. Absent:
   * no chart of its own. Where the knob is a budget, each with a training of its own, `speedUp` has the card's speed-up read
   * off between its lines.
   */
  chart?: { x: 'flops' | 'knob'; metrics: readonly M[]; speedUp?: true };
  /** Settings under which it is on offer; any where absent. */
  appliesTo?: Readonly<Record<string, readonly KnobValue[]>>;
}

/** The paper's statement in a form that runs can answer. */
export interface Claim<M extends string = string> {
  metric: M;
  method: string;
  baseline: string;
  at: 'equal steps' | 'equal FLOPs' | 'equal seconds';
  direction: 'higher' | 'lower';
  /** Differences smaller than this, in the metric's own unit, count as none. */
  margin: number;
  source: string;
  /** The claim in a sentence without its full stop, where metric and names do not make one. */
  statement?: string;
  /** Settings under which the claim says something; any where absent. */
  appliesTo?: Readonly<Record<string, readonly KnobValue[]>>;
}

/**
 * How much less training a method needs than its baseline to be as good as that is in the end, which runs can tell as a
 * ratio.
 */
export interface SpeedUp<M extends string = string> {
  /** Variants of the card. */
  method: string;
  baseline: string;
  /** What both are judged by; higher is better. */
  metric: M;
  /** Where the paper says it. */
  source: string;
  /** Settings under which it says something; any where absent. */
  appliesTo?: Readonly<Record<string, readonly KnobValue[]>>;
}

/** What an experiment *is*: plain data, loaded by the page at once and by the worker before it runs. */
export interface Card<K extends Knobs = Knobs, M extends string = string, F extends string = string> {
  id: string;
  title: string;
  /** One sentence a newcomer understands. */
  summary: string;
  /** Of an experiment in the making: a sentence on what is not there yet. */
  unfinished?: string;
  seed: Seed;
  knobs: K;
  presets: Readonly<Record<string, Preset<K>>>;
  /** Preset a link without `p` opens. */
  defaultPreset: string;
  variants: Readonly<Record<string, VariantDiff<K>>>;
  /** Variants compared when the link does not say; the first is the method. */
  compare: readonly string[];
  baseline: string;
  metrics: Readonly<Record<M, MetricInfo>>;
  /** Families of metrics, whose members only the experiment's lens draws. */
  families?: Readonly<Record<F, MetricInfo>>;
  /** Metric of the large chart. */
  hero: NoInfer<M>;
  /** Sweeps on offer. */
  sweeps?: readonly Sweep<keyof K & string, NoInfer<M>>[];
  claims: readonly Claim<NoInfer<M>>[];
  /** Drawn as a bracket on the curves of its metric, and on the charts of sweeps that ask for it. */
  speedUp?: SpeedUp<NoInfer<M>>;
  /** What no single knob can check, for example a patch that does not divide the image. Empty when it can run. */
  check?(spec: SpecOf<K>): Problem[];
}

const RESERVED = ['e', 'p', 'vs', 'seeds', 'v'];
const PLAIN_NAME = /^[^|:,]+$/;

/**
 * Checks what the type system cannot: names that the link grammar needs for itself, and references by name.
 * @throws Error naming the card and the entry.
 */
export function defineCard<const K extends Knobs, const M extends string, const F extends string = never>(
  card: Card<K, M, F>,
): Card<K, M, F> {
  const refuse = (why: string): never => {
    throw new Error(`Card ${card.id}: ${why}`);
  };
  for (const name of Object.keys(card.knobs))
    if (RESERVED.includes(name)) refuse(`"${name}" is reserved by the link grammar and cannot be a knob`);
  for (const name of Object.keys(card.variants))
    if (!PLAIN_NAME.test(name)) refuse(`variant "${name}" may not contain | : or ,`);
  for (const knob of Object.values(card.knobs))
    if (knob.kind === 'choice')
      for (const option of knob.options)
        if (!PLAIN_NAME.test(option)) refuse(`option "${option}" may not contain | : or ,`);
  if (!Object.hasOwn(card.presets, card.defaultPreset)) refuse(`no preset "${card.defaultPreset}"`);
  const compared = Object.values(card.presets).flatMap(({ compare = [] }) => compare);
  for (const name of [...card.compare, ...compared, card.baseline])
    if (!Object.hasOwn(card.variants, name)) refuse(`no variant "${name}"`);
  const why = speedUpProblem(card);
  if (why !== null) refuse(why);
  return card;
}

/** Why the card's speed-up cannot be read off as it is asked for; null where it can, and where nothing asks for it. */
function speedUpProblem({ speedUp, sweeps = [], ...card }: Card): string | null {
  const bracketed = sweeps.filter(({ chart }) => chart?.speedUp);
  if (!speedUp) return bracketed.length > 0 ? 'a sweep shows a speed-up, and the card has none' : null;
  const { method, baseline, metric } = speedUp;
  for (const name of [method, baseline])
    if (!Object.hasOwn(card.variants, name)) return `no variant "${name}" for its speed-up`;
  const info = Object.hasOwn(card.metrics, metric) ? card.metrics[metric] : undefined;
  if (info?.better !== 'higher')
    return `a speed-up needs a metric of which higher is better, not "${metric}"`;
  for (const { label, knob, variants, chart } of bracketed) {
    const about = card.knobs[knob];
    const isLinear = about?.kind === 'int' || (about?.kind === 'real' && about.scale === 'linear');
    if (chart?.x !== 'knob' || !isLinear)
      return `the sweep "${label}" shows a speed-up, which lies along a knob of numbers on a linear scale`;
    if (!chart.metrics.includes(metric) || !variants.includes(method) || !variants.includes(baseline))
      return `the sweep "${label}" shows a speed-up without its metric or its variants`;
  }
  return null;
}
