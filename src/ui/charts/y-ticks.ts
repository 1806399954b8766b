import {
  format,
  formatPrefix,
  precisionFixed,
  precisionPrefix,
  precisionRound,
  ticks as linearTicks,
} from 'd3';
import { NARROW_LOG, type Domain } from './y-scale';

export interface Tick {
  value: number;
  label: string;
}

const FEWEST = 3;

/** First list that has a readable number of ticks, else the longest that is not too long. */
function readable(lists: readonly number[][], most: number): number[] {
  const short = lists.filter((list) => list.length <= most);
  return (
    short.find((list) => list.length >= FEWEST) ??
    short.toSorted((a, b) => b.length - a.length)[0] ??
    lists.toSorted((a, b) => a.length - b.length)[0] ??
    []
  );
}

/** `digits` × every `stride`-th power of ten within the range. */
function powers([low, high]: Domain, digits: readonly number[], stride: number): number[] {
  const found: number[] = [];
  const from = Math.floor(Math.log10(low) / stride) * stride;
  for (let exponent = from; exponent <= Math.log10(high) + 1; exponent += stride)
    for (const digit of digits) {
      const value = Number(`${digit}e${exponent}`);
      if (value >= low && value <= high) found.push(value);
    }
  return found;
}

function tickValues(domain: Domain, log: boolean, most: number): number[] {
  const [low, high] = domain;
  const even = [5, 4, 6, 3, 2].map((wanted) => linearTicks(low, high, wanted));
  if (!log) return readable(even, most);
  const strides = [1, 2, 3, 5, 10, 20, 50, 100];
  const decades = strides.map((stride) => powers(domain, [1], stride));
  const within = high / low < 10 ? even : []; // too short for powers of ten
  return readable([powers(domain, [1, 2, 5], 1), powers(domain, [1, 5], 1), ...decades, ...within], most);
}

/** How numbers are written on a log axis: 0.02, 5, 200 as they are; with an exponent where the axis goes below 0.001. */
function onLog(values: readonly number[]): (value: number) => string {
  const plain = Math.min(...values) >= 1e-3 ? 0 : 0.1;
  return (value) => {
    if (value >= 1e4) return format('~s')(value);
    return format(value < plain ? '~e' : '~r')(value);
  };
}

/** Differences of fractions that are shown in per cent: hundredths, without a sign for per cent, which they are not. */
function pointsLabel(values: readonly number[]): (value: number) => string {
  const step = Math.min(...values.slice(1).map((value, i) => value - (values[i] ?? 0)));
  const digits = Number.isFinite(step) ? Math.max(0, precisionFixed(step * 100)) : 2;
  return (value) => format(`,.${digits}f`)(100 * value);
}

function labeller(values: readonly number[], log: boolean, unit: string): (value: number) => string {
  if (unit === 'points') return pointsLabel(values);
  const largest = Math.max(...values.map(Math.abs));
  const apart = values.slice(1).map((value, i) => value - (values[i] ?? 0));
  if (apart.length === 0) return format(unit === '%' ? '~%' : ',~g'); // no distance to other ticks to be exact to
  const step = Math.min(...apart);
  if (unit === '%') return format(`.${Math.max(0, precisionFixed(step * 100))}%`);
  if (log) return onLog(values);
  if (largest >= 1e5) return formatPrefix(`,.${precisionPrefix(step, largest)}`, largest);
  if (largest < 1e-3) return format(`.${Math.max(0, (precisionRound(step, largest) || 1) - 1)}e`);
  return format(`,.${Math.max(0, precisionFixed(step))}f`);
}

/**
 * Ticks of a y axis: round numbers, three to seven where the range allows. A log axis gets 1, 2, 5 in each decade, or
 * whole decades when it is long. Values whose unit is `%` are fractions and are written in per cent.
 */
export function yTicks(domain: Domain, log: boolean, unit: string, most: number): Tick[] {
  const values = tickValues(domain, log, Math.max(FEWEST, Math.min(7, most)));
  const label = labeller(values, log && domain[1] / domain[0] >= NARROW_LOG, unit);
  return values.map((value) => ({ value, label: value === 0 && unit !== '%' ? '0' : label(value) }));
}
