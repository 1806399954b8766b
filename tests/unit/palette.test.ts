import { describe, expect, test } from 'vitest';
import { PALETTES, colourOf, dashOf, paletteIndex, paletteStyle, type Theme } from '../../src/ui/palette';
import { testPalette } from './palette-laws';

const themes: Theme[] = ['light', 'dark'];

describe.each(themes)('%s palette', (theme) => {
  testPalette(theme, PALETTES[theme], 7);

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
