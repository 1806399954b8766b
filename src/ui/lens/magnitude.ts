import { interpolateCividis, rgb } from 'd3';

/** Least and greatest value of a scale. */
export type Range = readonly [number, number];

/** Range of shares and probabilities. */
export const UNIT_RANGE: Range = [0, 1];

/** Colour of a magnitude between 0 and 1 as bytes: cividis, which reads the same to every kind of colour vision. */
export function magnitudeColour(fraction: number): [number, number, number] {
  const { r, g, b } = rgb(
    interpolateCividis(Math.min(1, Math.max(0, Number.isNaN(fraction) ? 0 : fraction))),
  );
  return [r, g, b];
}

/** Where a value lies on a scale, 0 to 1; values beyond its ends count to them. */
export const fractionOf = ([least, greatest]: Range, value: number): number =>
  greatest > least ? Math.min(1, Math.max(0, (value - least) / (greatest - least))) : 0.5;

/** Range of the finite among some numbers; null where there is none. */
export function rangeOf(values: Iterable<number>): Range | null {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return least <= greatest ? [least, greatest] : null;
}

/** The scale from low to high as a CSS gradient. */
export function magnitudeGradient(stops = 16): string {
  const colours = Array.from({ length: stops + 1 }, (_, i) => `rgb(${magnitudeColour(i / stops).join(' ')})`);
  return `linear-gradient(to right, ${colours.join(', ')})`;
}
