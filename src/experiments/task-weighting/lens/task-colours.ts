/**
 * Colours of tasks, which are none of the variants' first four, so that a line never means the one where the other was
 * learnt. Optimised as the variants' palette was; `tests/unit/lens-task-colours.test.ts` holds them to it.
 */
export const TASK_PALETTES = {
  light: ['#1f9aaa', '#e0405b', '#193a0b', '#91950b', '#5b0840'],
  dark: ['#3aedfd', '#d4052c', '#549721', '#f0e59c', '#8d657e'],
} as const satisfies Record<'light' | 'dark', readonly string[]>;

/** Lines of one chart that may stand out with a colour and a name. */
export const MOST_TASK_COLOURS = TASK_PALETTES.light.length;

/** Number in the palette, within {@link TASK_STYLE}, of what stays in the background. */
export const BACKGROUND = 0;

/** Number of the task that the reader points at among those in the background: dark, whatever colours are taken. */
export const POINTED = MOST_TASK_COLOURS + 1;

/**
 * Inline style under which charts draw series 1 to 5 in the colours of tasks. Series 0 stays grey: it is what does not
 * stand out.
 */
export const TASK_STYLE = [
  `--series-${BACKGROUND}: light-dark(#70757c, #9aa1a9)`,
  ...TASK_PALETTES.light.map(
    (light, place) => `--series-${place + 1}: light-dark(${light}, ${TASK_PALETTES.dark[place] ?? light})`,
  ),
  `--series-${POINTED}: var(--ink-soft)`,
].join('; ');
