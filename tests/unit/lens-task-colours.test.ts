import { describe, expect, test } from 'vitest';
import { TASK_PALETTES, TASK_STYLE } from '../../src/experiments/task-weighting/lens/task-colours';
import { PALETTES, type Theme } from '../../src/ui/palette';
import { APART, distance, testPalette } from './palette-laws';

const themes: Theme[] = ['light', 'dark'];

describe.each(themes)('colours of tasks, %s', (theme) => {
  const tasks = TASK_PALETTES[theme];
  testPalette(theme, tasks, 5);

  test('are none of the first four variants’ colours', () => {
    for (const task of tasks)
      for (const variant of PALETTES[theme].slice(0, 4))
        expect(distance(task, variant)).toBeGreaterThanOrEqual(APART);
  });
});

test('both themes’ colours stand in the style of the charts', () => {
  TASK_PALETTES.light.forEach((light, place) => {
    expect(TASK_STYLE).toContain(`--series-${place + 1}: light-dark(${light}, ${TASK_PALETTES.dark[place]})`);
  });
});
