import { bisectCenter, bisectLeft } from 'd3';
import { named } from './readings';
import type { Trace } from './traces';

/** Rows that a table has at most. */
export const MOST_ROWS = 50;

/** What a table says of one line at one place. */
export interface Cell {
  value: number;
  /** Of a mean over seeds. */
  band?: { low: number; high: number; n: number };
}

export interface TableRow {
  x: number;
  /** In the order of the lines; null where a line has no point here. */
  cells: readonly (Cell | null)[];
}

export interface TableData {
  /** The named lines, as columns. */
  lines: readonly Trace[];
  rows: readonly TableRow[];
  /** There are more places than rows. */
  thinned: boolean;
}

/** Positions at or below this are one, as a share of the axis: a product of step and unit may be off by rounding. */
const SAME = 1e-9;

/** All places of some lines, ascending, each once. */
function placesOf(traces: readonly Trace[]): number[] {
  const all = traces.flatMap(({ line: { x, length } }) => [...x.subarray(0, length)]).sort((a, b) => a - b);
  const near = SAME * Math.abs(all.at(-1) ?? 0);
  let last = -Infinity;
  return all.filter((at) => {
    if (at - last <= near) return false;
    last = at;
    return true;
  });
}

/** So many of a list, evenly spread, its first and its last among them. */
function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  const stride = (list.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => list[Math.round(i * stride)]).filter(
    (one) => one !== undefined,
  );
}

/**
 * The values of a chart's named lines as a table. Where there are more places than rows, rows are spread evenly over the
 * places of the line that has most of them, and a line without a point at just that place is read at its closest one within
 * half a row.
 */
export function tableData(traces: readonly Trace[], most = MOST_ROWS): TableData {
  const lines = named(traces).filter(({ line }) => line.length > 0);
  const longest = Math.max(0, ...lines.map(({ line }) => line.length));
  // Counting first spares a table of thousands of rows its sorting.
  const leading = lines.filter(({ line }) => line.length === longest).slice(0, 1);
  const all = placesOf(longest > most ? leading : lines);
  const thinned = all.length > most || longest > most;
  const places = spread(all, most);
  const span = (places.at(-1) ?? 0) - (places[0] ?? 0);
  const reach = thinned ? span / (2 * Math.max(1, places.length - 1)) : SAME * Math.abs(places.at(-1) ?? 0);
  return {
    lines,
    rows: places.map((x) => ({ x, cells: lines.map((trace) => cellAt(trace, x, reach)) })),
    thinned,
  };
}

function cellAt({ line, y, band }: Trace, x: number, reach: number): Cell | null {
  const at = bisectCenter(line.x, x, 0, line.length);
  const first = bisectLeft(line.x, line.x[at] ?? NaN, 0, line.length);
  if (Math.abs((line.x[first] ?? NaN) - x) > reach) return null;
  return {
    value: y[first] ?? NaN,
    ...(band && {
      band: { low: band.low[first] ?? NaN, high: band.high[first] ?? NaN, n: band.n[first] ?? 0 },
    }),
  };
}
