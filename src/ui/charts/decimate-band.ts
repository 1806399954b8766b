import { columnAt, type Columns } from './decimate';

/** The ends of an interval over a column of x; where either is NaN there is none. */
export interface BandColumns {
  x: Float64Array;
  low: Float64Array;
  high: Float64Array;
  length: number;
}

/** Part of a band without a gap, as it is filled: its places along x with the lowest and the highest value at each. */
export interface BandPart {
  x: number[];
  low: number[];
  high: number[];
}

/**
 * A band as it covers a plot: of each pixel column the lowest and the highest value, so that it costs no more than the plot is
 * wide however many points there are. Parts where there is no interval are left open.
 */
export function decimateBand({ x, low, high, length }: BandColumns, columns: Columns): BandPart[] {
  const parts: BandPart[] = [];
  let part: BandPart | null = null;
  let column = NaN;
  for (let i = 0; i < length; i++) {
    const [bottom, top, at] = [low[i] ?? NaN, high[i] ?? NaN, x[i] ?? NaN];
    const next = columnAt(at, columns);
    if (!(top >= bottom && Number.isFinite(next))) {
      part = null;
      continue;
    }
    if (!part) parts.push((part = { x: [], low: [], high: [] }));
    else if (next === column) {
      const last: number = part.x.length - 1;
      part.x[last] = at;
      part.low[last] = Math.min(part.low[last] ?? bottom, bottom);
      part.high[last] = Math.max(part.high[last] ?? top, top);
      continue;
    }
    column = next;
    part.x.push(at);
    part.low.push(bottom);
    part.high.push(top);
  }
  return parts;
}
