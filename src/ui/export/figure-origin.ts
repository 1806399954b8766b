import { getContext, setContext } from 'svelte';

/** Where a figure that is saved as a picture comes from. */
export interface FigureOrigin {
  experiment: string;
  /** Whole address of the setting, with the build and the digests. */
  url: string;
  build: string;
}

/** Told when a figure is saved. */
type Tell = () => FigureOrigin | null;

const KEY = Symbol('figure origin');

/** Lets the figures below a component be saved. */
export const setFigureOrigin = (tell: Tell): Tell => setContext(KEY, tell);

/** What the page above has set; null where its figures cannot be saved. */
export const figureOrigin = (): Tell | null => getContext<Tell | undefined>(KEY) ?? null;
