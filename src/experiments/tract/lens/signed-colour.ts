import { interpolateLab, rgb, scaleLinear } from 'd3';
import type { Theme } from '../../../ui/palette';

/**
 * From the most negative over zero, which is the paper's colour, to the most positive: blue and orange, which all kinds of
 * colour vision tell apart, both ever further from the paper in lightness.
 */
export const SIGNED_STOPS: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#0a2f7d', '#5f97ea', '#ffffff', '#d98032', '#6f2a00'],
  dark: ['#c4dbff', '#3a6bd0', '#111418', '#b9651c', '#ffd8ad'],
};

/** A colour as bytes. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Steps between zero and either end. */
const FINE = 128;

const ramps = new Map<Theme, readonly Colour[]>();

function rampOf(theme: Theme): readonly Colour[] {
  let ramp = ramps.get(theme);
  if (!ramp) {
    const colour = scaleLinear([-1, -0.5, 0, 0.5, 1], SIGNED_STOPS[theme]).interpolate(interpolateLab);
    ramp = Array.from({ length: 2 * FINE + 1 }, (_, i): Colour => {
      const { r, g, b } = rgb(colour(i / FINE - 1));
      return [Math.round(r), Math.round(g), Math.round(b)];
    });
    ramps.set(theme, ramp);
  }
  return ramp;
}

/** Where a signed value lies between its scale's ends, −1 to 1; values beyond count to the ends, NaN to zero. */
export const signedFraction = (value: number, limit: number): number =>
  limit > 0 && !Number.isNaN(value) ? Math.max(-1, Math.min(1, value / limit)) : 0;

/** Colour of a fraction from −1 to 1 in a theme. */
export const signedColour = (theme: Theme, fraction: number): Colour =>
  rampOf(theme)[Math.round((fraction + 1) * FINE)] ?? [0, 0, 0];

/** Brightness of one channel of a colour filter: 0 is middle grey. */
export const signedByte = (fraction: number): number => Math.round(127.5 + 127.5 * fraction);

/** The scale from its lower to its upper end as a CSS gradient. */
export function signedGradient(theme: Theme, stops = 24): string {
  const colours = Array.from(
    { length: stops + 1 },
    (_, i) => `rgb(${signedColour(theme, (2 * i) / stops - 1).join(' ')})`,
  );
  return `linear-gradient(to right, ${colours.join(', ')})`;
}
