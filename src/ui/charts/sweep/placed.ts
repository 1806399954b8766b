import { scaleLog } from 'd3';
import type { SweepAxis } from '../../sweep-axis';
import type { SweepLine, SweepPicture, SweepPoint } from '../../sweep-picture';
import type { ChartLine } from '../line';
import { xScale, type PlotArea, type Scale } from '../plot-area';
import { textWidth } from '../text-width';
import type { Trace } from '../traces';
import { xTicks } from '../x-ticks';
import type { Domain } from '../y-scale';
import type { Tick } from '../y-ticks';

/** A point together with the line that it is on. */
export interface Placed {
  line: SweepLine;
  point: SweepPoint;
}

/** A point in pixels; `left` is null on a level line, which is everywhere. */
export interface Pixel {
  left: number | null;
  top: number;
}

/** Tells points apart: several metrics of one setting are several points. */
export const keyOf = ({ line, point }: Placed): string => `${line.id} ${point.id}`;

/** All points from left to right, the highest of each place first, then the level lines: the order in which keys visit them. */
export const placedOf = ({ lines }: Pick<SweepPicture, 'lines'>): Placed[] => {
  const byHeight = (a: Placed, b: Placed): number => b.point.mean - a.point.mean;
  const all = lines.flatMap((line) => line.points.map((point) => ({ line, point })));
  return [
    ...all
      .filter(({ line }) => !line.level)
      .sort((a, b) => (a.point.x ?? 0) - (b.point.x ?? 0) || byHeight(a, b)),
    ...all.filter(({ line }) => line.level).sort(byHeight),
  ];
};

/** Room around the outermost points, as a share of their range. */
const AIR = 0.06;

/** A little more than the range of some values, within `bounds`. One value alone stands in the middle. */
function around(values: readonly number[], bounds: Domain): Domain {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? AIR * (high - low) : Math.abs(high) * 0.1 || 1;
  return [Math.max(bounds[0], low - air), Math.min(bounds[1], high + air)];
}

const UNBOUNDED: Domain = [-Infinity, Infinity];

/** Range of the x axis: of all that is compared where that is known beforehand, else of the points. */
function xDomain({ scale, values }: SweepAxis, placed: readonly Placed[]): Domain {
  const known = values?.map(({ value }) => value) ?? placed.flatMap(({ point }) => point.x ?? []);
  if (scale === 'places') return [-0.5, Math.max(known.length, 1) - 0.5];
  if (known.length === 0) return [0, 1];
  if (scale === 'linear') return around(known, values ? UNBOUNDED : [0, Infinity]);
  const [low, high] = around(
    known.map((value) => Math.log(value)),
    UNBOUNDED,
  );
  return [Math.exp(low), Math.exp(high)];
}

/** Whiskers widen the axis by at most this many times the range of the runs: those of two seeds may be ten times as long. */
const WHISKER_ROOM = 1;

/** Ranges that hold every run and mean, and the whiskers as far as they leave the points readable. */
export function sweepDomains(
  axis: SweepAxis,
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
  return { x: xDomain(axis, placed), y: around([...values, ...ends], natural ?? UNBOUNDED) };
}

/** The scale of a sweep's x axis. */
export const sweepScale = ({ scale }: SweepAxis, domain: Domain, area: PlotArea): Scale =>
  scale === 'log' ? scaleLog(domain, [area.left, area.right]) : xScale(domain, area);

/** Least room between the labels of two values. */
const LABEL_GAP = 12;

/**
 * Ticks of a sweep's x axis: at its values, of whose labels as many are written as have room, or else at round numbers.
 * @param widthOf width of a label in pixels.
 */
export function sweepTicks(
  { values, quantity }: SweepAxis,
  x: Scale,
  area: PlotArea,
  widthOf = textWidth,
): Tick[] {
  if (!values) return xTicks(x, area, '', quantity?.format ?? String);
  let free = -Infinity;
  return values.map(({ value, label }) => {
    const half = widthOf(label) / 2;
    if (x(value) - half < free) return { value, label: '' };
    free = x(value) + half + LABEL_GAP;
    return { value, label };
  });
}

/** Whether any whisker goes beyond the axis. */
export const cutsWhiskers = (placed: readonly Placed[], [low, high]: Domain): boolean =>
  placed.some(({ point: { mean, half } }) => half !== null && (mean - half < low || mean + half > high));

/**
 * A line as the chart of curves knows lines, for names at their ends and in the legend.
 * @param right where level lines end.
 */
export function asTrace({ id, name, color, points }: SweepLine, right: number): Trace {
  const line: ChartLine = {
    id,
    label: name,
    color,
    weight: 'other',
    x: Float64Array.from(points, ({ x }) => x ?? right),
    y: Float64Array.from(points, ({ mean }) => mean),
    length: points.length,
    live: false,
  };
  return { line, y: line.y, raw: null };
}

/** Closest point within `reach` pixels of a place, or null. */
export function nearestTo(
  placed: readonly Placed[],
  at: (point: SweepPoint) => Pixel,
  place: { left: number; top: number },
  reach: number,
): Placed | null {
  let best: { one: Placed; away: number } | null = null;
  for (const one of placed) {
    const { left, top } = at(one.point);
    const away = Math.hypot((left ?? place.left) - place.left, top - place.top);
    if (away <= reach && away < (best?.away ?? Infinity)) best = { one, away };
  }
  return best?.one ?? null;
}
