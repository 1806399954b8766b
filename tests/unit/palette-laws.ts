import {
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  wcagContrast,
  type Rgb,
} from 'culori';
import { expect, test } from 'vitest';
import { PAPERS, type Theme } from '../../src/ui/palette';

const VISIONS: Readonly<Record<string, (colour: Rgb) => Rgb>> = {
  'normal vision': (colour) => colour,
  protanopia: filterDeficiencyProt(1),
  deuteranopia: filterDeficiencyDeuter(1),
  tritanopia: filterDeficiencyTrit(1),
};
/** ΔE2000 from which on two colours of lines are told apart at a glance. */
export const APART = 18;

const toRgb = converter('rgb');
const difference = differenceCiede2000();

const rgbOf = (colour: string): Rgb => {
  const rgb = toRgb(colour);
  if (!rgb) throw new Error(`${colour} is no colour`);
  return rgb;
};

/** ΔE2000 of two CSS colours. */
export const distance = (a: string, b: string): number => difference(rgbOf(a), rgbOf(b));

/** Declares tests that hold a palette's colours apart for all eyes, and off the paper of the theme. */
export function testPalette(theme: Theme, palette: readonly string[], count: number): void {
  test.each(Object.entries(VISIONS))(`colours differ by ΔE2000 ≥ ${APART} under %s`, (_, seen) => {
    const colours = palette.map((colour) => seen(rgbOf(colour)));
    expect(colours).toHaveLength(count);
    colours.forEach((a, i) => {
      for (const b of colours.slice(i + 1)) expect(difference(a, b)).toBeGreaterThanOrEqual(APART);
    });
  });

  test.each(palette)('%s has a contrast of 3:1 with the paper', (colour) => {
    expect(wcagContrast(colour, PAPERS[theme])).toBeGreaterThanOrEqual(3);
  });
}
