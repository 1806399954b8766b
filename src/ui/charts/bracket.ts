import type { PlotArea, Scale } from './plot-area';

/** A horizontal distance in a chart that says something, such as a speed-up. */
export interface Bracket {
  from: number;
  to: number;
  /** Its height, in the chart's values. */
  y: number;
  /** Its label, one line each; the first stands out. */
  label: readonly string[];
  /** Single readings that its end is the mean of. */
  readings: readonly { x: number; y: number }[];
}

/** What stands below a chart about what is drawn in it. */
export interface Remark {
  text: string;
  /** Further explanation, opened by those who ask. */
  more: { title: string; text: string };
}

/** A curve in pixels. */
export interface PixelCurve {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  length: number;
}

/** A curve's first `length` points in pixels. */
export const inPixels = (
  xs: Float64Array,
  ys: Float64Array,
  length: number,
  x: Scale,
  y: Scale,
): PixelCurve => ({
  x: xs.subarray(0, length).map((value) => x(value)),
  y: ys.subarray(0, length).map((value) => y(value)),
  length,
});

/** A text in pixels, as lines through it that leave no room between them. */
export const textRows = (left: number, middle: number, width: number): PixelCurve[] =>
  [-AIR, 0, AIR].map((off) => ({ x: [left, left + width], y: [middle + off, middle + off], length: 2 }));

/** A bracket in pixels. */
interface Span {
  left: number;
  right: number;
  y: number;
}

/** Where a label stands. */
export interface LabelPlace {
  left: number;
  top: number;
  /** Line from the bracket to a label that had to move away from it; null where it did not. */
  leader: { from: readonly [x: number, y: number]; to: readonly [x: number, y: number] } | null;
}

/** Room between a label and its bracket. */
const GAP = 6;
/** Room between a label and a curve. */
const AIR = 4;
/** A label beside its bracket reads worse than one as much further above or below it. */
const ASIDE = 16;

/**
 * Where a bracket's label covers no curve: as close to the bracket as there is room, above or below its middle, its ends,
 * or beside it. Where there is none, right above or below it.
 * @param size of the label
 */
export function placeBracketLabel(
  span: Span,
  size: { width: number; height: number },
  area: PlotArea,
  curves: readonly PixelCurve[],
): LabelPlace {
  const { width, height } = size;
  const [top, bottom] = [area.top, area.bottom - AIR - height];
  const [leftmost, rightmost] = [area.left + AIR, area.right - AIR - width];
  const lefts = [
    (span.left + span.right - width) / 2,
    span.right - 2 * AIR - width, // clear of something upright at the bracket's end
    span.left + 2 * AIR,
    span.left - GAP - width,
    span.right + GAP,
  ].map((left) => Math.max(leftmost, Math.min(rightmost, left)));
  const places = [...new Set(lefts)].flatMap((left) => {
    const taken = rowsTaken(curves, left - AIR, left + width + AIR);
    const beside = left + width < span.left || left > span.right;
    const [above, below] = beside
      ? [span.y - height / 2, span.y - height / 2]
      : [span.y - GAP - height, span.y + GAP];
    return [freeAbove(taken, above, height), freeBelow(taken, below, height)]
      .filter((at) => at >= top && at <= bottom)
      .map((at) => {
        const way = fromBracket(span, { left, top: at }, size);
        return { left, top: at, ...way, cost: way.away + (beside ? ASIDE : 0) };
      });
  });
  const [best] = places.toSorted((a, b) => a.cost - b.cost);
  if (best) return { left: best.left, top: best.top, leader: best.away > GAP + 1 ? best.leader : null };
  const above = span.y - GAP - height;
  return { left: lefts[0] ?? area.left, top: above >= top ? above : span.y + GAP, leader: null };
}

/** The shortest way from a bracket to a box. */
function fromBracket(
  span: Span,
  box: { left: number; top: number },
  size: { width: number; height: number },
) {
  const within = (at: number, low: number, high: number): number => Math.max(low, Math.min(high, at));
  const middle = within(box.left + size.width / 2, span.left, span.right);
  const to = [
    within(middle, box.left, box.left + size.width),
    within(span.y, box.top, box.top + size.height),
  ] as const;
  const from = [middle, span.y] as const;
  return { away: Math.hypot(to[0] - from[0], to[1] - from[1]), leader: { from, to } };
}

/** Rows from one to another, in pixels. */
type Rows = readonly [number, number];

/** Rows that curves pass between two columns, from top to bottom, none overlapping another. */
function rowsTaken(curves: readonly PixelCurve[], left: number, right: number): Rows[] {
  const pieces: Rows[] = [];
  for (const { x, y, length } of curves)
    for (let i = 0; i < length; i++) {
      const [x1 = NaN, y1 = NaN] = [x[i], y[i]];
      const [x0 = x1, y0 = y1] = i > 0 ? [x[i - 1], y[i - 1]] : [];
      if (!(x1 >= left && x0 <= right)) continue;
      const at = (column: number): number => (x1 > x0 ? y0 + ((y1 - y0) * (column - x0)) / (x1 - x0) : y1);
      const [from, to] = [at(Math.max(left, x0)), at(Math.min(right, x1))];
      if (Number.isFinite(from + to)) pieces.push([Math.min(from, to) - AIR, Math.max(from, to) + AIR]);
    }
  const merged: [number, number][] = [];
  for (const [from, to] of pieces.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** The lowest top, at `from` or above it, of a box that is clear of all rows. */
const freeAbove = (taken: readonly Rows[], from: number, height: number): number =>
  taken.reduceRight((top, [start, end]) => (start < top + height && end > top ? start - height : top), from);

/** The highest top, at `from` or below it. */
const freeBelow = (taken: readonly Rows[], from: number, height: number): number =>
  taken.reduce((top, [start, end]) => (start < top + height && end > top ? end : top), from);
