import { createSubscriber } from 'svelte/reactivity';
import { PALETTES, colourOf } from '../palette';

/** Colours a canvas needs, resolved from the page's custom properties. */
export interface CanvasColours {
  series: readonly string[];
  paper: string;
}

/** Makes the calling effect run again when the page's theme changes, by its switch or by the system's setting. */
export const followTheme = createSubscriber((update) => {
  const observer = new MutationObserver(update);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme', 'style'] });
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', update);
  return () => {
    observer.disconnect();
    dark.removeEventListener('change', update);
  };
});

/** Reads the colours as they apply to `canvas`. Goes through `color`, since a raw custom property may be a CSS function. */
export function readColours(canvas: HTMLCanvasElement): CanvasColours {
  const resolve = (colour: string): string => {
    canvas.style.color = colour;
    return getComputedStyle(canvas).color;
  };
  const series = PALETTES.light.map((_, index) => resolve(colourOf(index)));
  return { series, paper: resolve('var(--paper)') };
}
