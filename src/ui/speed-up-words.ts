import type { Card, SpeedUp } from '../run/card';
import type { XAxis } from '../run/x-axis';
import type { Knob } from '../spec/knob';
import { X_AXIS } from './axis-words';
import { labelInSentence, plainNumber } from './knob-text';
import { countOf, durationText, metricText, siText } from './quantity';
import { LEVEL, type ReadSpeedUp, type SpeedUpReading } from './speed-up';

/** How an amount of training is written. */
export interface Spending {
  /** `fewer epochs`. */
  fewer: string;
  more: string;
  /** `4.28 epochs`. */
  amount: (x: number) => string;
}

const NBSP = '\u00a0';

const rounded = (x: number): string => plainNumber(Number(x.toFixed(2)));

/** Training as each axis of the learning curves measures it. */
export const SPENDING: Readonly<Record<XAxis, Spending>> = {
  step: { fewer: 'fewer steps', more: 'more steps', amount: (x) => countOf(Math.round(x), 'step') },
  epoch: {
    fewer: 'fewer epochs',
    more: 'more epochs',
    amount: (x) => `${X_AXIS.epoch.format(x)}${NBSP}${X_AXIS.epoch.format(x) === '1' ? 'epoch' : 'epochs'}`,
  },
  examples: { fewer: 'fewer examples', more: 'more examples', amount: (x) => `${siText(x, '')} examples` },
  seconds: { fewer: 'less time', more: 'more time', amount: (x) => `${durationText(x * 1000)}${NBSP}min` },
  flops: { fewer: 'less compute', more: 'more compute', amount: (x) => siText(x, 'FLOPs') },
};

/** Training as a knob that is a budget measures it. */
export function budgetSpending(knob: Knob): Spending {
  const { label, unit } = knob;
  return {
    fewer: unit ? `fewer ${unit}` : `less ${labelInSentence(label)}`,
    more: `more ${unit ?? labelInSentence(label)}`,
    amount: (x) => (unit ? `${rounded(x)}${NBSP}${unit}` : `${labelInSentence(label)} ${rounded(x)}`),
  };
}

/** A factor with two or three digits, without its sign; those that say no more than "far off" as bounds. */
export function factorText(factor: number): string {
  if (factor < 0.01) return 'under 0.01';
  if (factor > 100) return 'over 100';
  return factor.toFixed(factor < 1.995 ? 2 : factor < 19.95 ? 1 : 0);
}

/** A speed-up is written the other way round where it is none. */
const isSlower = (factor: number): boolean => factor <= 0.995;

/** `1.40× fewer epochs`; of a factor below 1 its inverse, `1.25× more epochs`. */
function ratioText({ factor, atLeast }: ReadSpeedUp, { fewer, more }: Spending): string {
  if (Math.abs(factor - 1) < 0.005) return `no ${fewer}`;
  const text = isSlower(factor) ? `${factorText(1 / factor)}× ${more}` : `${factorText(factor)}× ${fewer}`;
  return atLeast ? `at least ${text}` : text;
}

/** Its interval, turned over with it. */
function intervalText({ factor, interval }: ReadSpeedUp): string | null {
  if (!interval) return null;
  const [low, high] = isSlower(factor) ? [1 / interval[1], 1 / interval[0]] : interval;
  return `${factorText(low)} to ${factorText(high)}`;
}

const PER_CENT = `${100 * LEVEL}${NBSP}%`;
const seedsText = (count: number): string => (count === 1 ? 'one seed' : countOf(count, 'seed'));

/** The bracket's label: the ratio, and below it how sure it is. */
export function speedUpLabel(read: ReadSpeedUp, spending: Spending): string[] {
  const interval = intervalText(read);
  const seeds = seedsText(read.seeds.length) + (read.soFar ? ' so far' : '');
  return [ratioText(read, spending), interval ? `${PER_CENT} ${interval}, ${seeds}` : seeds];
}

/** What a speed-up's sentences name. */
export interface Telling {
  method: string;
  baseline: string;
  spending: Spending;
  /** A value of the metric with its unit. */
  value: (level: number) => string;
  /** `Vanilla’s final 84.1 %`. */
  goal: (value: string) => string;
  /** Ends "appears when Vanilla has": `ended`. */
  ending: string;
  /** Where on the way: `after 4.28 epochs`. */
  at: (x: number) => string;
  /** At its first value: `when first evaluated, after 1 epoch`. */
  atFirst: (x: number) => string;
  /** All that it had: `within its 6 epochs`. */
  within: (end: number) => string;
  /** How it is read, for those who ask. */
  how: string;
}

/** A speed-up along the learning curves: each of its runs is one training. */
export function tellingOfRuns(card: Card, speedUp: SpeedUp, axis: XAxis): Telling {
  const { method, baseline, source } = speedUp;
  const spending = SPENDING[axis];
  const { amount } = spending;
  const sweep = card.sweeps?.find(({ chart }) => chart?.speedUp);
  return {
    ...{ method, baseline, spending },
    value: valueText(card, speedUp),
    goal: (value) => `${baseline}’s final ${value}`,
    ending: 'ended',
    at: (x) => `after ${amount(x)}`,
    atFirst: (x) => `when first evaluated, after ${amount(x)}`,
    within: (end) => `within its ${amount(end)}`,
    how:
      `Each seed is read by itself (a ring where there are several), from the values as they were evaluated, smoothing aside, and straight lines between them. ` +
      `Noise lets a curve reach a value early; where ${baseline} itself first had its final value shows by how much. ` +
      (sweep
        ? `A training cut short is no short training: the paper (${source}) gives each budget a training of its own, as the sweep “${sweep.label}” does.`
        : `The paper has it in ${source}.`),
  };
}

/** A speed-up over budgets, each with a training of its own. */
export function tellingOfBudgets(card: Card, speedUp: SpeedUp, knob: Knob, budget: number): Telling {
  const { method, baseline, source } = speedUp;
  const spending = budgetSpending(knob);
  const { amount } = spending;
  return {
    ...{ method, baseline, spending },
    value: valueText(card, speedUp),
    goal: (value) => `the ${value} of ${baseline} at ${amount(budget)}`,
    ending: `ended its ${amount(budget)}`,
    at: (x) => `at ${amount(x)}`,
    atFirst: (x) => `at its smallest budget, ${amount(x)}`,
    within: (end) => `with budgets up to ${amount(end)}`,
    how:
      `Each seed is read by itself (a ring where there are several), from the last values of its trainings and straight lines between budgets, as in ${source} of the paper. ` +
      `Noise lets a line reach a value early; where ${baseline} itself first had it shows by how much.`,
  };
}

const valueText =
  (card: Card, { metric }: SpeedUp) =>
  (value: number): string =>
    metricText(card.metrics[metric] ?? { label: metric, unit: '', better: 'higher' }, value);

/** What runs say of a speed-up as they stand, in a sentence or two. */
export function speedUpSentence(reading: SpeedUpReading, telling: Telling): string {
  const { method, baseline, spending, value, goal, ending, at, atFirst, within } = telling;
  const none = 'so no speed-up can be read off.';
  const mean = (of: number): string => (of === 1 ? '' : `, the mean of ${countOf(of, 'seed')},`);
  if (reading.kind === 'waiting') {
    if (reading.level === null) return `The speed-up of ${method} appears when ${baseline} has ${ending}.`;
    return `${method} has yet to reach ${goal(value(reading.level))}; the speed-up appears when it has.`;
  }
  if (reading.kind === 'missed') {
    const { reached, of, level, end } = reading;
    if (reached > 0)
      return `${method} reached ${goal('value')} with ${reached} of ${countOf(of, 'seed')} only; leaving the others out would flatter it, ${none}`;
    const had = Number.isFinite(end) ? ` ${within(end)}` : '';
    const any = of === 1 ? '' : ` with any of ${countOf(of, 'seed')}`;
    return `${method} did not reach ${goal(value(level))}${had}${any}, ${none}`;
  }
  if (reading.kind === 'at once')
    return `${method} was at ${goal(value(reading.level))}${mean(reading.of)} ${atFirst(reading.from)}, ${none}`;

  const { from, to, itself, level, seeds, soFar } = reading;
  const interval = intervalText(reading);
  const sure = interval
    ? `${PER_CENT} t-interval ${interval} over ${countOf(seeds.length, 'seed')}`
    : seedsText(seeds.length);
  return [
    `${method} reached ${goal(value(level))}${mean(seeds.length)} ${at(from)} instead of ${spending.amount(to)}:`,
    `${ratioText(reading, spending)}, ${sure}${soFar ? ' so far' : ''}.`,
    ...(itself < 0.995 * to ? [`${baseline} itself was first there ${at(itself)}.`] : []),
  ].join(' ');
}
