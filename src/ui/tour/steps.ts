/** One stop of the tour of an experiment's page. */
export interface TourStep {
  title: string;
  text: string;
  /** Selectors of what it is about, the first of them the part that must be seen. What a page lacks is passed over. */
  about: readonly string[];
}

/** From the setting to the link: the way of a first comparison. */
export const TOUR: readonly TourStep[] = [
  {
    title: 'The setting',
    text: 'A preset is a whole comparison: data, models, variants. Below it, every control says what it does; a dot marks what you changed.',
    about: ['[aria-label="Training and setting"] [aria-label="Preset"]'],
  },
  {
    title: 'Train',
    text: 'Train runs every variant on this device, once for each seed, from equal beginnings. Pause, step or stop it whenever you like.',
    about: ['[aria-label="Training and setting"] .train'],
  },
  {
    title: 'Curves and verdict',
    text: 'The curves grow as it trains. Above them stands the paper’s claim, and, once enough seeds are in, whether it holds here.',
    about: ['.results figure', '.claims'],
  },
  {
    title: 'Share',
    text: 'The address is the experiment. Whoever opens the link gets the same setting, seeds and view.',
    about: ['[data-tour="share"]'],
  },
];
