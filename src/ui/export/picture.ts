import { PAPERS } from '../palette';
import { svgText } from './svg-text';

/** Around the figure, in CSS pixels. */
export const MARGIN = 16;
/** A figure as a picture. */
export interface Picture {
  /** What it is and where from, in words. */
  about: string;
  /** Rules of the fonts that it brings along. */
  fonts: string;
  /** Families and weights of its texts. */
  pens: readonly string[];
  /** Characters that stand for the font files it needs: one of each. */
  samples: readonly string[];
  /** SVG, from the corner inside the margin. */
  elements: readonly string[];
  /** In CSS pixels, margins included. */
  width: number;
  height: number;
}

/** A picture as a file; `foot`, placed from the whole picture's corner, stands in a strip of `footHeight` pixels below it. */
export function svgFile(picture: Picture, foot = '', footHeight = 0): string {
  const { about, fonts, elements, width } = picture;
  const height = picture.height + footHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" role="img">`,
    `<desc>${svgText(about)}</desc>`,
    fonts && `<style>${fonts}</style>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}" fill="${PAPERS.light}"/>`,
    ...elements,
    foot && `<g transform="translate(${-MARGIN},${-MARGIN})">${foot}</g>`,
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}
