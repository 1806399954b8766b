/** What a key does, in the words of the help dialog. Actions are named, so that the page decides how to do them. */
export const SHORTCUTS = [
  { key: ' ', shown: 'Space', action: 'trainOrPause', about: 'Train, pause or resume' },
  { key: '.', shown: '.', action: 'step', about: 'One training step while paused, or to begin with' },
  { key: '>', shown: 'Shift + .', action: 'stepTen', about: 'Ten training steps' },
  { key: 'l', shown: 'L', action: 'logY', about: 'Logarithmic y axis on or off' },
  { key: 'x', shown: 'X', action: 'nextAxis', about: 'Next x axis: step, epoch, examples, time, FLOPs' },
  { key: 's', shown: 'S', action: 'smoothing', about: 'Smoothing off or on' },
  { key: 'c', shown: 'C', action: 'copyLink', about: 'Copy the link to this experiment' },
  { key: '?', shown: '?', action: 'help', about: 'This help' },
] as const;

export type ShortcutAction = (typeof SHORTCUTS)[number]['action'];

/** Elements that have a use of their own for keys. */
const OWN_KEYS = 'input, select, textarea, button, summary, a, [contenteditable], [role="slider"]';

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

/** What a key press asks for, or null: not while a field has the focus, a dialog is open or a modifier is held. */
export function actionOf(press: KeyPress, focus: Element | null, dialogOpen: boolean): ShortcutAction | null {
  if (dialogOpen || press.ctrlKey || press.metaKey || press.altKey) return null;
  const found = SHORTCUTS.find(({ key }) => key === press.key.toLowerCase());
  if (!found || (press.repeat && found.action !== 'step' && found.action !== 'stepTen')) return null;
  if (focus?.matches(OWN_KEYS)) {
    // A pressed button keeps the focus; only the keys that it answers to itself are left to it.
    const pressable = focus.matches('button, summary, a, input[type="radio"], input[type="checkbox"]');
    if (!pressable || found.key === ' ') return null;
  }
  return found.action;
}
