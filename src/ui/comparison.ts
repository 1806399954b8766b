import type { Card, Claim, MetricInfo } from '../run/card';
import type { XAxis } from '../run/x-axis';
import { applies, type Spec } from '../spec/knob';
import { ALL, type View } from './view';

/** What a difference is of. */
export interface Comparison {
  /** Metric by its name. */
  metric: string;
  info: MetricInfo;
  /** Variants that are held against the baseline, all of them compared. */
  methods: readonly string[];
  baseline: string;
  /** The claim about just these two in this metric, or else another about this metric, whose margin is drawn. */
  claim: Claim | null;
}

interface Setting {
  card: Pick<Card, 'claims' | 'metrics' | 'baseline' | 'hero'>;
  /** Names of the variants that are compared. */
  variants: readonly string[];
  /** Base spec. */
  spec: Spec;
}

/**
 * The variant that differences are to: the reader's choice, or else the card's baseline; where that is not compared, the baseline
 * of the first claim that is, or the first variant.
 */
export function baselineOf({ card, variants, spec }: Setting, chosen: string | null): string {
  const claimed = card.claims.filter((claim) => applies(claim, spec)).map(({ baseline }) => baseline);
  const wanted = [chosen, card.baseline, ...claimed].find((name) => name !== null && variants.includes(name));
  return wanted ?? variants[0] ?? card.baseline;
}

/**
 * What the difference curve shows: the reader's choice, or else what the first claim that applies speaks of; null where
 * nothing is compared.
 */
export function comparisonOf(setting: Setting, view: Pick<View, 'base' | 'of' | 'diff'>): Comparison | null {
  const { card, variants, spec } = setting;
  const baseline = baselineOf(setting, view.base);
  const others = variants.filter((name) => name !== baseline);
  const [first] = others;
  if (first === undefined) return null;
  const claims = card.claims.filter((claim) => applies(claim, spec));
  const wanted = view.diff !== null && Object.hasOwn(card.metrics, view.diff) ? view.diff : null;
  const fits = (claim: Claim): boolean =>
    others.includes(claim.method) && (wanted === null || claim.metric === wanted);
  const suggesting = claims.find((claim) => claim.baseline === baseline && fits(claim)) ?? claims.find(fits);
  const chosen = view.of !== null && others.includes(view.of) ? view.of : null;
  const method = chosen ?? suggesting?.method ?? first;
  const metric = wanted ?? suggesting?.metric ?? card.hero;
  const info = card.metrics[metric];
  if (!info) return null;
  const methods = view.of === ALL ? others : [method];
  const about = claims.filter((claim) => claim.metric === metric);
  const exact = about.find((claim) => claim.baseline === baseline && methods.includes(claim.method));
  return { metric, info, methods, baseline, claim: exact ?? about[0] ?? null };
}

/** What is equal where two runs are compared along an axis. */
const EQUAL: Readonly<Record<XAxis, string>> = {
  step: 'steps',
  epoch: 'epochs',
  examples: 'examples seen',
  seconds: 'training time',
  flops: 'training FLOPs',
};

export const equalText = (axis: XAxis): string => `at equal ${EQUAL[axis]}`;

/** Which way is better, in words: `above zero: A-MoD better`. */
export function signText(
  { better }: Pick<MetricInfo, 'better'>,
  methods: readonly string[],
  baseline: string,
): string {
  const [only] = methods;
  const whose = methods.length === 1 && only !== undefined ? only : 'the variant';
  if (better === 'neither') return `above zero: ${whose} higher than ${baseline}`;
  return `${better === 'higher' ? 'above' : 'below'} zero: ${whose} better than ${baseline}`;
}
