/** Stands between two indices where the line is broken. */
export const GAP = -1;

/** Where a pixel column starts on the x axis, and how many columns a unit of x spans; of log x where the axis is one. */
export interface Columns {
  start: number;
  perUnit: number;
  log?: boolean;
}

/** The pixel column of a place; not finite where the axis has no such place. */
export const columnAt = (x: number, { start, perUnit, log = false }: Columns): number =>
  Math.floor(((log ? Math.log(x) : x) - start) * perUnit);

/**
 * Chooses the points worth drawing: of each pixel column the first, the lowest, the highest and the last, which covers
 * the same pixels as the whole line. Returns their indices in order, with {@link GAP} where undrawable values part them.
 *
 * @param above values at or below this are undrawable, as are those that are not finite; 0 on a log axis.
 */
export function decimate(
  x: Float64Array,
  y: Float64Array,
  length: number,
  columns: Columns,
  above = -Infinity,
): number[] {
  const kept: number[] = [];
  let column = NaN;
  let first = 0;
  let low = 0;
  let high = 0;
  let last = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  let broken = false;

  const close = (): void => {
    if (Number.isNaN(column)) return;
    if (kept.length === 0 && first < Math.min(low, high)) kept.push(first);
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
  };

  for (let i = 0; i < length; i++) {
    const value = y[i] ?? NaN;
    const at = columnAt(x[i] ?? NaN, columns);
    if (!(value > above && value < Infinity && Number.isFinite(at))) {
      broken = true;
      continue;
    }
    if (at !== column) {
      close();
      if (broken && kept.length > 0) kept.push(GAP);
      column = at;
      first = low = high = i;
      lowest = highest = value;
    } else if (value < lowest) {
      low = i;
      lowest = value;
    } else if (value > highest) {
      high = i;
      highest = value;
    }
    last = i;
    broken = false; // a break within one column is narrower than a pixel
  }
  close();
  if (last > (kept.at(-1) ?? last)) kept.push(last);
  return kept;
}
