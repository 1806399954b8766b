import { scaleLinear } from 'd3';

export type Domain = readonly [number, number];

/** Below this ratio of its ends a log axis is read like a linear one, and gets a linear axis' round numbers. */
export const NARROW_LOG = 3;

/** Finite (and, on a log axis, positive) range of some columns; null where there is nothing to draw. */
export function drawableExtent(
  columns: Iterable<{ y: Float64Array; length: number }>,
  log: boolean,
): Domain | null {
  const above = log ? 0 : -Infinity;
  let low = Infinity;
  let high = -Infinity;
  for (const { y, length } of columns)
    for (let i = 0; i < length; i++) {
      const value = y[i] ?? NaN;
      if (!(value > above && value < Infinity)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? [low, high] : null;
}

/** Largest of 1, 2, 5, 10 × 10ᵏ that is at most `value`, or the smallest that is at least `value`. */
function roundTo125(value: number, up: boolean): number {
  const exponent = Math.floor(Math.log10(value));
  const steps = [-1, 0, 1].flatMap((k) => [1, 2, 5].map((digit) => Number(`${digit}e${exponent + k}`)));
  const found = up ? steps.find((step) => step >= value) : steps.findLast((step) => step <= value);
  return found ?? value;
}

/** Smallest range of round numbers around the data. It moves in steps, which keeps a growing axis still. */
export function niceDomain([low, high]: Domain, log: boolean): Domain {
  if (high - low <= Math.abs(high) * 1e-9) {
    const pad = Math.abs(high) * 0.1 || 1;
    return niceDomain([low - pad, high + pad], log);
  }
  if (!log || high / low < NARROW_LOG) {
    const [from = low, to = high] = scaleLinear().domain([low, high]).nice(5).domain();
    return [Math.min(from, low), Math.max(to, high)]; // rounding must not lose a point
  }
  return [roundTo125(low, false), roundTo125(high, true)];
}

/** What decides the range of a y axis. */
export interface DomainWish {
  /** Range of the data, null where there is none. */
  extent: Domain | null;
  /** Natural bounds of the quantity. On a log axis they count only if they are positive. */
  fixed: Domain | undefined;
  log: boolean;
  /** Any line still grows. */
  live: boolean;
}

/**
 * The range of one chart's y axis over time: fixed where the quantity has bounds; otherwise it follows the data, only
 * ever widening while a line is live, and fits again when none is.
 */
export class YDomain {
  #shown: Domain | null = null;
  #log = false;

  next({ extent, fixed, log, live }: DomainWish): Domain {
    if (fixed && (!log || fixed[0] > 0)) return fixed;
    if (!live || !extent || log !== this.#log) this.#shown = null;
    this.#log = log;
    if (!extent) return log ? [0.1, 10] : [0, 1];
    const [low, high] = this.#shown ?? extent;
    if (!this.#shown || extent[0] < low || extent[1] > high)
      this.#shown = niceDomain([Math.min(low, extent[0]), Math.max(high, extent[1])], log);
    return this.#shown;
  }
}
