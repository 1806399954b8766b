import { quantileSorted } from 'd3';
import { rangeOf, type Range } from './magnitude';

/** Share of the values at either end that may lie beyond the axis. */
const TAIL = 0.01;
/** Room beside the core, as a share of its length. */
const ROOM = 0.15;

/**
 * The range that an axis should cover: all values where none is far from the others, else the middle 98 per cent with
 * some room, so that a few outliers do not press all else together.
 */
export function coreRange(values: ArrayLike<number>): Range | null {
  const sorted = Array.from(values)
    .filter((value) => Number.isFinite(value))
    .sort((a, b) => a - b);
  const whole = rangeOf(sorted);
  if (!whole) return null;
  const [low = 0, high = 0] = [quantileSorted(sorted, TAIL), quantileSorted(sorted, 1 - TAIL)];
  const room = (high - low) * ROOM;
  if (room === 0) return whole;
  return [Math.max(whole[0], low - room), Math.min(whole[1], high + room)];
}
