/** What keys do, in the words of the help dialog. Actions are named, so that the page decides how to do them. */
export const SHORTCUT_GROUPS = [
  {
    title: 'Training',
    shortcuts: [
      { keys: [' '], shown: 'Space', action: 'trainOrPause', about: 'Train, pause or resume' },
      { keys: ['.'], shown: '.', action: 'step', about: 'One training step while paused, or to begin with' },
      { keys: ['shift+.', '>'], shown: 'Shift + .', action: 'stepTen', about: 'Ten training steps' },
      { keys: ['r'], shown: 'R', action: 'restart', about: 'Restart: what trains stops, and begins anew' },
    ],
  },
  {
    title: 'Comparison',
    shortcuts: [
      { keys: ['n'], shown: 'N', action: 'newVariant', about: 'New variant' },
      {
        keys: ['b'],
        shown: 'B',
        action: 'nextBaseline',
        about: 'Next variant as the baseline of differences',
      },
      {
        keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
        shown: '1 – 9',
        action: 'toggleVariant',
        about: 'Curves of the first to ninth variant on or off',
      },
    ],
  },
  {
    title: 'Curves',
    shortcuts: [
      { keys: ['l'], shown: 'L', action: 'logY', about: 'Logarithmic y axis on or off' },
      { keys: ['shift+l'], shown: 'Shift + L', action: 'logX', about: 'Logarithmic x axis on or off' },
      {
        keys: ['x'],
        shown: 'X',
        action: 'nextAxis',
        about: 'Next x axis: step, epoch, examples, time, FLOPs',
      },
      { keys: ['s'], shown: 'S', action: 'smoothing', about: 'Smoothing off or on' },
    ],
  },
  {
    title: 'Page',
    shortcuts: [
      { keys: ['c'], shown: 'C', action: 'copyLink', about: 'Copy the link to this experiment' },
      { keys: ['e'], shown: 'E', action: 'exportRuns', about: 'Export' },
      { keys: ['/'], shown: '/', action: 'search', about: 'Search the controls' },
      { keys: ['?'], shown: '?', action: 'help', about: 'This help' },
    ],
  },
] as const;

type Shortcut = (typeof SHORTCUT_GROUPS)[number]['shortcuts'][number];
export type ShortcutAction = Shortcut['action'];

/** Elements that have a use of their own for keys. */
const OWN_KEYS =
  'input, select, textarea, button, summary, a, [contenteditable], [role="slider"], [role="button"]';
/** Those among them that answer to Space and Enter only. */
const PRESSABLE = 'button, summary, a, input[type="radio"], input[type="checkbox"], [role="button"]';

interface KeyPress {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

/** Keys as the table has them. Shift counts only where the table says so: on some keyboards it takes Shift to write a slash. */
function shortcutOf({ key, shiftKey }: KeyPress): Shortcut | undefined {
  const plain = key.toLowerCase();
  const all: readonly Shortcut[] = SHORTCUT_GROUPS.flatMap(({ shortcuts }): readonly Shortcut[] => shortcuts);
  const having = (wanted: string) => all.find(({ keys }) => keys.some((known) => known === wanted));
  return (shiftKey ? having(`shift+${plain}`) : undefined) ?? having(plain);
}

/** What a key press asks for, or null: not while a field has the focus, a dialog is open or a modifier is held. */
export function actionOf(press: KeyPress, focus: Element | null, dialogOpen: boolean): ShortcutAction | null {
  if (dialogOpen || press.ctrlKey || press.metaKey || press.altKey) return null;
  const found = shortcutOf(press);
  if (!found || (press.repeat && found.action !== 'step' && found.action !== 'stepTen')) return null;
  // A pressed button keeps the focus; only the keys that it answers to itself are left to it.
  if (focus?.matches(OWN_KEYS) && (!focus.matches(PRESSABLE) || found.action === 'trainOrPause')) return null;
  return found.action;
}
