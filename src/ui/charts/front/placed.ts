import type { Front, FrontLine, FrontPoint } from '../../front-points';
import type { ChartLine } from '../line';
import type { Trace } from '../traces';
import type { Domain } from '../y-scale';

/** A point together with the line that it is on. */
export interface Placed {
  line: FrontLine;
  point: FrontPoint;
}

/** All points from the cheapest to the dearest: the order in which keys visit them. */
export const placedOf = ({ lines }: Pick<Front, 'lines'>): Placed[] =>
  lines
    .flatMap((line) => line.points.map((point) => ({ line, point })))
    .sort((a, b) => a.point.flops - b.point.flops || b.point.mean - a.point.mean);

/** Room around the outermost points, as a share of their range. */
const AIR = 0.06;

/** A little more than the range of some values, within `bounds`. One value alone stands in the middle. */
function around(values: readonly number[], bounds: Domain): Domain {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? AIR * (high - low) : Math.abs(high) * 0.1 || 1;
  return [Math.max(bounds[0], low - air), Math.min(bounds[1], high + air)];
}

/** Whiskers widen the axis by at most this many times the range of the runs: those of two seeds may be ten times as long. */
const WHISKER_ROOM = 1;

/** Ranges that hold every run and mean, and the whiskers as far as they leave the points readable. */
export function frontDomains(
  placed: readonly Placed[],
  natural: Domain | undefined,
): { x: Domain; y: Domain } {
  const values = placed.flatMap(({ point }) => point.runs.map(({ value }) => value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = high > low ? WHISKER_ROOM * (high - low) : Infinity;
  const ends = placed.flatMap(({ point: { mean, half } }) => [
    Math.max(mean - (half ?? 0), low - room),
    Math.min(mean + (half ?? 0), high + room),
  ]);
  return {
    x: around(
      placed.map(({ point }) => point.flops),
      [0, Infinity],
    ),
    y: around([...values, ...ends], natural ?? [-Infinity, Infinity]),
  };
}

/** Whether any whisker goes beyond the axis. */
export const cutsWhiskers = (placed: readonly Placed[], [low, high]: Domain): boolean =>
  placed.some(({ point: { mean, half } }) => half !== null && (mean - half < low || mean + half > high));

/** A front's line as the chart of curves knows lines, for names at their ends and in the legend. */
export function asTrace({ id, name, color, points }: FrontLine): Trace {
  const line: ChartLine = {
    id,
    label: name,
    color,
    weight: 'other',
    x: Float64Array.from(points, ({ flops }) => flops),
    y: Float64Array.from(points, ({ mean }) => mean),
    length: points.length,
    live: false,
  };
  return { line, y: line.y, raw: null };
}

/** Closest point within `reach` pixels of a place, or null. */
export function nearestTo(
  placed: readonly Placed[],
  at: (point: FrontPoint) => { left: number; top: number },
  place: { left: number; top: number },
  reach: number,
): Placed | null {
  let best: { one: Placed; away: number } | null = null;
  for (const one of placed) {
    const { left, top } = at(one.point);
    const away = Math.hypot(left - place.left, top - place.top);
    if (away <= reach && away < (best?.away ?? Infinity)) best = { one, away };
  }
  return best?.one ?? null;
}
