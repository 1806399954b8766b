export type Theme = 'light' | 'dark';

/**
 * Series colours: baseline, method, then variants in order. Optimised in OKLCH within named hue windows, so that every
 * pair stays apart under the three kinds of colour blindness; `tests/unit/palette.test.ts` holds them to it.
 */
export const PALETTES: Readonly<Record<Theme, readonly string[]>> = {
  light: ['#939394', '#5f89eb', '#9a4b10', '#701fbb', '#a69226', '#296d62', '#5e042f'],
  dark: ['#e5e7e9', '#2f5ae8', '#d66924', '#b991e0', '#ead75b', '#64a591', '#9b456f'],
};

/** The background each palette was chosen for. */
export const PAPERS: Readonly<Record<Theme, string>> = { light: '#ffffff', dark: '#111418' };

/** Dash pattern of each series in pixels; empty is solid. A second sign beside the colour. */
const DASHES: readonly (readonly number[])[] = [
  [6, 4],
  [],
  [12, 3],
  [2, 2],
  [10, 3, 2, 3],
  [4, 2],
  [8, 2, 2, 2, 2, 2],
];

/** Place in the palette for any series number. Past the last colour the variants repeat, baseline and method never. */
export function paletteIndex(series: number): number {
  return series < DASHES.length ? series : 2 + ((series - 2) % (DASHES.length - 2));
}

/** Dash pattern of a series, for canvas and SVG. */
export function dashOf(series: number): readonly number[] {
  return DASHES[paletteIndex(series)] ?? [];
}

/** CSS colour of a series, which follows the theme. */
export function colourOf(series: number): string {
  return `var(--series-${paletteIndex(series)})`;
}

/** The `--series-n` declarations of a theme, for a style element or attribute. */
export function paletteStyle(theme: Theme): string {
  return PALETTES[theme].map((colour, index) => `--series-${index}: ${colour};`).join(' ');
}
