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
import { TASK_PALETTES, TASK_STYLE } from '../../src/experiments/task-weighting/lens/task-colours';
import { PALETTES, PAPERS, type Theme } from '../../src/ui/palette';

const VISIONS: Record<string, (colour: Rgb) => Rgb> = {
  'normal vision': (colour) => colour,
  protanopia: filterDeficiencyProt(1),
  deuteranopia: filterDeficiencyDeuter(1),
  tritanopia: filterDeficiencyTrit(1),
};
const distance = differenceCiede2000();
const toRgb = converter('rgb');
const themes: Theme[] = ['light', 'dark'];

describe.each(themes)('colours of tasks, %s', (theme) => {
  const tasks = TASK_PALETTES[theme].flatMap((colour) => toRgb(colour) ?? []);

  test.each(Object.entries(VISIONS))('differ by ΔE2000 ≥ 18 under %s', (_, seen) => {
    const colours = tasks.map(seen);
    expect(colours).toHaveLength(5);
    colours.forEach((a, i) => {
      for (const b of colours.slice(i + 1)) expect(distance(a, b)).toBeGreaterThanOrEqual(18);
    });
  });

  test.each(TASK_PALETTES[theme])('%s has a contrast of 3:1 with the paper', (colour) => {
    expect(wcagContrast(colour, PAPERS[theme])).toBeGreaterThanOrEqual(3);
  });

  test('are none of the first four variants’ colours', () => {
    const variants = PALETTES[theme].slice(0, 4).flatMap((colour) => toRgb(colour) ?? []);
    for (const task of tasks)
      for (const variant of variants) expect(distance(task, variant)).toBeGreaterThanOrEqual(18);
  });
});

test('both themes’ colours stand in the style of the charts', () => {
  TASK_PALETTES.light.forEach((light, place) => {
    expect(TASK_STYLE).toContain(`--series-${place + 1}: light-dark(${light}, ${TASK_PALETTES.dark[place]})`);
  });
});
