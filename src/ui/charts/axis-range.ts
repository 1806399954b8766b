import type { Domain } from './y-scale';

/**
 * The range of the data cut from below to the given number of decades under its top, so that a few values next to nothing
 * do not press all else of a log axis together. Lines go on beyond the cut.
 */
export function withinDecades(extent: Domain | null, decades: number): Domain | null {
  return extent && [Math.max(extent[0], extent[1] / 10 ** decades), extent[1]];
}
