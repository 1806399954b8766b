import type { ChartLine } from './line';

/** Values that a log axis cannot show: finite, but not positive. */
export function countDropped(lines: readonly ChartLine[]): number {
  let count = 0;
  for (const { y, length } of lines)
    for (let i = 0; i < length; i++) {
      const value = y[i] ?? NaN;
      if (value <= 0 && value > -Infinity) count++;
    }
  return count;
}
