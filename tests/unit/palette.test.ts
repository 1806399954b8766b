import {
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  wcagContrast,
  type Rgb,
} from 'culori';
import { describe, expect, test } from 'vitest';
import {
  PALETTES,
  PAPERS,
  colourOf,
  dashOf,
  paletteIndex,
  paletteStyle,
  type Theme,
} from '../../src/ui/palette';

const SEEN_BY: Record<string, (colour: Rgb) => Rgb> = {
  'normal vision': (colour) => colour,
  protanopia: filterDeficiencyProt(1),
  deuteranopia: filterDeficiencyDeuter(1),
  tritanopia: filterDeficiencyTrit(1),
};
const distance = differenceCiede2000();
const toRgb = converter('rgb');
const themes: Theme[] = ['light', 'dark'];

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}

describe.each(themes)('%s palette', (theme) => {
  test.each(Object.entries(SEEN_BY))('colours differ by ΔE2000 ≥ 18 under %s', (_, seen) => {
    const colours = PALETTES[theme].flatMap((colour) => toRgb(colour) ?? []);
    expect(colours).toHaveLength(7);
    for (const [a, b] of pairs(colours.map(seen))) expect(distance(a, b)).toBeGreaterThanOrEqual(18);
  });

  test.each(PALETTES[theme])('%s has a contrast of 3:1 with the paper', (colour) => {
    expect(wcagContrast(colour, PAPERS[theme])).toBeGreaterThanOrEqual(3);
  });

  test('is declared as custom properties', () => {
    const style = paletteStyle(theme);
    PALETTES[theme].forEach((colour, index) => expect(style).toContain(`--series-${index}: ${colour};`));
  });
});

test('every series has a dash pattern of its own', () => {
  const patterns = PALETTES.light.map((_, index) => dashOf(index).join(' '));
  expect(new Set(patterns).size).toBe(PALETTES.light.length);
  expect(dashOf(0)).toEqual([6, 4]);
  expect(dashOf(1)).toEqual([]);
});

test('only variants take up colours a second time', () => {
  const again = [7, 8, 9, 10, 11, 12, 13].map(paletteIndex);
  expect(again).toEqual([2, 3, 4, 5, 6, 2, 3]);
  expect(colourOf(8)).toBe('var(--series-3)');
});
