import type { Claim, MetricInfo } from '../run/card';
import { ALPHA, type Verdict, type VerdictState } from '../run/verdict';
import { MAX_SEEDS } from '../spec/link';
import { countOf, differenceText } from './quantity';
import type { JudgedClaim } from './verdict-of-runs';

const NBSP = '\u00a0';
const MINUS = '\u2212';

const STATE: Readonly<Record<VerdictState, string>> = {
  supported: 'Supported',
  'not supported': 'Not supported',
  undecided: 'Undecided',
  'not run': 'Not run',
};

/** The state in words; `so far` while pairs of it train. */
export const stateText = ({ verdict, underWay }: JudgedClaim): string =>
  STATE[verdict.state] + (underWay > 0 && verdict.state !== 'not run' ? ' so far' : '');

/** An amount of a metric, a difference without its sign: `0.50 points`. */
const amountText = (info: MetricInfo, amount: number): string =>
  differenceText(info, Math.abs(amount)).replace(/^\+/, '');

/** A signed difference without its unit. */
const signed = (info: MetricInfo, difference: number): string =>
  differenceText(info, difference).split(NBSP)[0] ?? '';

/** The difference that the interval must pass, signed as the claim says. */
const limitText = (info: MetricInfo, { direction, margin }: Claim): string =>
  margin === 0 ? 'zero' : differenceText(info, direction === 'higher' ? margin : -margin);

/** Why the verdict is what it is. */
export function reasonText(info: MetricInfo, claim: Claim, { finding }: Verdict): string {
  const { direction, margin } = claim;
  const judges = info.better === direction;
  const by = margin > 0 ? ` by more than ${amountText(info, margin)}` : '';
  const opposite = direction === 'higher' ? 'lower' : 'higher';
  switch (finding) {
    case 'better':
      return `${judges ? 'better' : direction}${by}`;
    case 'worse':
      return `${judges ? 'worse' : opposite}${by}`;
    case 'no practical difference':
      return 'no practical difference';
    case 'not better':
      return `not ${judges ? 'better' : direction}${by}`;
    case 'open':
      return `the interval holds ${limitText(info, claim)}`;
    case 'no spread':
      return 'equal differences have no interval';
    case 'one pair':
      return 'one pair of runs has no interval';
    case 'no pair':
      return '';
    default:
      return finding satisfies never;
  }
}

/** A span of time as a rough guess: `about 40 s`, `about 3 min`, `about 1.5 h`. */
export function aboutText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 55) return `about ${Math.max(5, 5 * Math.round(seconds / 5))}${NBSP}s`;
  const minutes = seconds / 60;
  if (minutes < 59.5) return `about ${Math.round(minutes)}${NBSP}min`;
  return `about ${Number((minutes / 60).toPrecision(2))}${NBSP}h`;
}

/** How long the pairs under way will take, by the queue's pace, and how many runs train at once. */
export interface Waiting {
  /** Null where that is not known, and while the queue is held. */
  ms: number | null;
  atOnce: number;
}

/**
 * Time until a verdict can be given, as the spread of the pairs has it so far: the pairs under way take what the queue takes to
 * get through them, further ones what those took that are done.
 */
function verdictMs(
  { verdict: { more }, underWay, seedMs }: JudgedClaim,
  { ms, atOnce }: Waiting,
): number | null {
  const further = Math.max(0, more - underWay);
  if (further === 0) return ms ?? (seedMs === null ? null : more * seedMs);
  if (seedMs === null || (underWay > 0 && ms === null)) return null;
  return (ms ?? 0) + (further * seedMs) / Math.max(1, Math.min(atOnce, 2 * further));
}

/** What a verdict lacks, or what it stands on: `2 more seeds, about 3 min`. */
export function missingText(judged: JudgedClaim, waiting: Waiting = { ms: null, atOnce: 1 }): string {
  const { verdict, underWay, leftOut } = judged;
  const { more, finding, n } = verdict;
  const parts: string[] = [];
  const ms = verdictMs(judged, waiting);
  const isLater = finding === 'no pair' || (more > 0 && more < Infinity);
  if (finding === 'no pair' && ms !== null && underWay >= more) parts.push(`verdict in ${aboutText(ms)}`);
  else if (finding === 'no pair') parts.push(`needs 2${NBSP}seeds of both`);
  else if (more === 0) parts.push(`from ${countOf(n, 'seed')}`);
  else if (more === Infinity) parts.push(`more than ${countOf(MAX_SEEDS, 'seed')}, by the spread of these`);
  else {
    parts.push(`${finding === 'open' ? '' : 'at least '}${countOf(more, 'more seed')}`);
    if (ms !== null) parts.push(aboutText(ms));
  }
  if (underWay > 0)
    parts.push(
      `${underWay}${NBSP}under way${isLater || waiting.ms === null ? '' : ` for ${aboutText(waiting.ms)}`}`,
    );
  if (leftOut.length > 0) parts.push(`seed${leftOut.length > 1 ? 's' : ''} ${leftOut.join(', ')} left out`);
  return parts.join(', ');
}

/** A share as per cent, for example of intervals: `95 %`, `98.3 %`. */
export const levelText = (level: number): string => `${Number((100 * level).toFixed(1))}${NBSP}%`;

/** The interval of the difference without its unit: `−0.40 to +2.86`. */
const endsText = (info: MetricInfo, [low, high]: readonly [number, number]): string =>
  `${signed(info, low)} to ${signed(info, high)}`;

/** The interval of the difference with its level: `95 % interval −0.40 to +2.86`. */
export const intervalText = (info: MetricInfo, { interval, level }: Verdict): string | null =>
  interval && `${levelText(level)} interval ${endsText(info, interval)}`;

/** A probability with three digits; what is smaller as a bound. */
const chanceText = (p: number): string => (p < 0.001 ? `<${NBSP}0.001` : String(Number(p.toPrecision(3))));

const pText = (p: number): string => (p < 0.001 ? `p ${chanceText(p)}` : `p = ${chanceText(p)}`);

/** How the page judges a claim, a sentence or two each. */
export function judgingTexts(info: MetricInfo, claim: Claim, verdict: Verdict): string[] {
  const { method, baseline, at, direction, margin } = claim;
  const [beyond, within] = direction === 'higher' ? ['above', 'below'] : ['below', 'above'];
  const limit = limitText(info, claim);
  return [
    `Two runs of one seed make a pair. They are compared at ${at}, where the shorter of the two ends; only pairs whose runs are both done are judged.`,
    `Supported: the whole interval of ${method} − ${baseline} lies ${beyond} ${limit}${margin > 0 ? `; smaller differences count as none (${amountText(info, margin)} is the claim’s margin)` : ''}. ` +
      `Not supported: it lies at ${limit} or ${within}. Undecided: it holds ${limit}.`,
    levelReason(verdict),
    `Decide on the number of seeds beforehand: adding one at a time, up to ${MAX_SEEDS}, until there is a verdict makes a wrong one in up to a quarter of cases, instead of ${levelText(ALPHA)}.`,
  ];
}

/** Why the interval has its level. */
function levelReason({ family, state, level }: Verdict): string {
  const share = levelText(ALPHA);
  if (family === 1)
    return `The interval is Student’s for paired differences. It misses the true difference in ${share} of cases where differences are normal.`;
  const holm = `Holm’s procedure keeps the chance of any wrong verdict among them at ${share}`;
  return state === 'not run'
    ? `With this one ${family} of the page’s claims would be tested here. ${holm}.`
    : `${family} of the page’s claims are tested here. ${holm}; its step for this one gives the interval a level of ${levelText(level)}.`;
}

/** With the sign of method − baseline. */
const tText = ({ direction }: Claim, t: number): string =>
  (direction === 'higher' ? t : -t).toFixed(2).replace('-', MINUS);

/** The numbers that it is judged by, as terms and values. */
export function judgingNumbers(
  info: MetricInfo,
  claim: Claim,
  verdict: Verdict,
): [term: string, value: string][] {
  const { n, mean, test, ranks, family } = verdict;
  const interval = verdict.interval && endsText(info, verdict.interval);
  const numbers: [string, string | null][] = [
    ['Mean difference', n === 0 ? null : differenceText(info, mean)],
    [`Student’s t-interval at ${levelText(verdict.level)}`, interval],
    ['Margin', amountText(info, claim.margin)],
    [
      `Paired t-test against ${limitText(info, claim)}`,
      test && `t = ${tText(claim, test.t)}, ${test.df}${NBSP}df, ${pText(test.p)}`,
    ],
    [`By Holm, of ${family} claims`, test && family > 1 ? pText(test.adjusted) : null],
    [
      'Wilcoxon’s signed ranks, exact',
      ranks && `${pText(ranks.p)}; ${countOf(n, 'pair')} cannot have less than ${chanceText(ranks.least)}`,
    ],
  ];
  return numbers.flatMap(([term, value]): [string, string][] => (value === null ? [] : [[term, value]]));
}
