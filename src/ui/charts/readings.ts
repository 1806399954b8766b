import { bisectCenter } from 'd3';
import type { ChartLine } from './line';
import type { Trace } from './traces';

/** A line's value under the cross-hair. */
export interface Reading {
  line: ChartLine;
  /** The point read, which is the one nearest to the cross-hair. */
  x: number;
  value: number;
  /** Value minus the baseline's, null for the baseline itself and where either is missing. */
  difference: number | null;
  /** Of a mean over seeds: the ends of its interval and of how many seeds it is. */
  band?: { low: number; high: number; n: number };
}

/** The lines that are listed: those with a name. */
export function named(traces: readonly Trace[]): Trace[] {
  return traces.filter(({ line }) => line.label !== '');
}

function readLine({ line, y, band }: Trace, x: number, slack: number): Reading | null {
  const { length } = line;
  if (length === 0) return null;
  const at = bisectCenter(line.x, x, 0, length);
  const found = line.x[at] ?? NaN;
  // A line that ended earlier has no value here; the last value still stands until the next one would be due.
  const spacing = length > 1 ? (line.x[length - 1] ?? 0) - (line.x[length - 2] ?? 0) : 0;
  if (x - found > Math.max(spacing, slack) && at === length - 1) return null;
  return {
    ...{ line, x: found, value: y[at] ?? NaN, difference: null },
    ...(band && { band: { low: band.low[at] ?? NaN, high: band.high[at] ?? NaN, n: band.n[at] ?? 0 } }),
  };
}

/**
 * Values of the named lines at `x`, highest first, each with its difference to the baseline where there is one alone: the
 * line that says it is what the others are held against, else that of colour 0.
 * @param slack how far past its end a line may still be read, in x.
 */
export function readAt(traces: readonly Trace[], x: number, slack: number): Reading[] {
  const readings = named(traces).flatMap((trace) => readLine(trace, x, slack) ?? []);
  const baselines = readings.filter(({ line }) => line.reference ?? line.color === 0);
  // A baseline that steps back, of an earlier setting, is compared with only where there is no other.
  const whole = baselines.filter(({ line }) => line.weight !== 'seed');
  // A baseline that a sweep runs at several values is none that the others could be held against.
  const isOne = new Set(whole.map(({ line }) => line.label)).size < 2;
  const baseline = isOne ? (whole[0] ?? baselines[0]) : undefined;
  const worth = (value: number): number => (Number.isNaN(value) ? -Infinity : value);
  return readings
    .map((reading) => {
      const difference = baseline && reading !== baseline ? reading.value - baseline.value : NaN;
      return { ...reading, difference: Number.isFinite(difference) ? difference : null };
    })
    .sort((a, b) => worth(b.value) - worth(a.value) || a.line.color - b.line.color);
}

/** What happened to the lines within `slack` of `x`, for example "Baseline: paused". */
export function eventsAt(lines: readonly ChartLine[], x: number, slack: number): string[] {
  const near = lines.flatMap(({ label, ticks = [] }) =>
    ticks
      .filter((tick) => Math.abs(tick.x - x) <= slack)
      .map((tick) => (label ? `${label}: ${tick.label}` : tick.label)),
  );
  return [...new Set(near)];
}

/**
 * Next position of the cross-hair when it is moved by key: the next point of the line that reaches furthest, skipping
 * those closer than `least`, so that one key press is always seen.
 */
export function stepFrom(
  traces: readonly Trace[],
  from: number | null,
  direction: 1 | -1,
  least: number,
): number | null {
  const end = ({ line }: Trace): number => line.x[line.length - 1] ?? -Infinity;
  const [reference] = traces.toSorted((a, b) => end(b) - end(a) || b.line.length - a.line.length);
  if (!reference || reference.line.length === 0) return null;
  const { x, length } = reference.line;
  if (from === null) return x[direction > 0 ? 0 : length - 1] ?? null;
  let at = bisectCenter(x, from, 0, length);
  while (at >= 0 && at < length && ((x[at] ?? 0) - from) * direction < least) at += direction;
  return x[Math.max(0, Math.min(length - 1, at))] ?? null;
}
