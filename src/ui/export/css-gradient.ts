import { plainColour } from './plain-colour';
import { svgText } from './svg-text';

/** Colours between two named ones: browsers mix in the space that the gradient names, SVG in sRGB. */
const BETWEEN = 8;

/** Splits at commas outside of brackets. */
function parts(list: string): string[] {
  const found = [''];
  let depth = 0;
  for (const sign of list) {
    if (sign === '(') depth++;
    if (sign === ')') depth--;
    if (sign === ',' && depth === 0) found.push('');
    else found.push(`${found.pop() ?? ''}${sign}`);
  }
  return found.map((part) => part.trim());
}

/**
 * An SVG gradient for a computed `background-image` that runs from left to right with its colours evenly spaced.
 * @returns null for any other image
 */
export function svgGradient(image: string, id: string): string | null {
  const inside = /^linear-gradient\((.*)\)$/.exec(image)?.[1];
  if (inside === undefined) return null;
  const [way = '', ...colours] = parts(inside);
  const space = /^to right(?: in (\S+))?$|^90deg(?: in (\S+))?$/.exec(way);
  if (!space || colours.length < 2) return null;
  const mixing = space[1] ?? space[2] ?? 'srgb';
  const last = (colours.length - 1) * BETWEEN;
  const stops = Array.from({ length: last + 1 }, (_, i) => {
    const [from, share] = [Math.min(Math.floor(i / BETWEEN), colours.length - 2), i / BETWEEN];
    const percent = 100 * (share - from);
    const mixed = `color-mix(in ${mixing}, ${colours[from + 1] ?? ''} ${percent}%, ${colours[from] ?? ''})`;
    return `<stop offset="${(i / last).toFixed(4)}" stop-color="${svgText(plainColour(mixed).colour)}"/>`;
  });
  return `<linearGradient id="${id}">${stops.join('')}</linearGradient>`;
}
