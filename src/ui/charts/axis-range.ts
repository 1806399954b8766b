import type { Domain } from './y-scale';

/**
 * The range of the data cut from below to the given number of decades under its top, so that a few values next to nothing
 * do not press all else of a log axis together. Lines go on beyond the cut.
 */
export function withinDecades(extent: Domain | null, decades: number): Domain | null {
  return extent && [Math.max(extent[0], extent[1] / 10 ** decades), extent[1]];
}

/**
 * The range of the lines, widened to hold their bands by at most `room` times itself to either side: the band of two seeds may
 * be ten times as wide as they are apart, and would press the lines together.
 */
export function withBands(
  extent: Domain | null,
  bands: Domain | null,
  log: boolean,
  room: number,
): Domain | null {
  if (!extent || !bands) return extent;
  const [low, high] = log ? [Math.log(extent[0]), Math.log(extent[1])] : extent;
  const most = high > low ? room * (high - low) : Infinity;
  const [from, to] = log ? [Math.exp(low - most), Math.exp(high + most)] : [low - most, high + most];
  // An interval below zero of what is never below zero says no more than that it reaches zero.
  const floor = !log && extent[0] >= 0 ? Math.max(0, from) : from;
  return [Math.min(extent[0], Math.max(bands[0], floor)), Math.max(extent[1], Math.min(bands[1], to))];
}
