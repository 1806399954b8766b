import { svgText } from './svg-text';

/** A colour that every program reads, with how opaque it is. */
interface PlainColour {
  /** `#rrggbb`, or as it was given where it is no colour. */
  colour: string;
  opacity: number;
}

const known = new Map<string, PlainColour>();
let context: CanvasRenderingContext2D | null = null;

/** Any computed colour of CSS, mixed ones included, as hexadecimal: few programs beside browsers read more. */
export function plainColour(css: string): PlainColour {
  if (css === 'none' || css.startsWith('url(')) return { colour: svgText(css), opacity: 1 };
  const before = known.get(css);
  if (before) return before;
  context ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context) return { colour: svgText(css), opacity: 1 };
  context.canvas.width = context.canvas.height = 1; // clears it
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
  const colour = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  const plain = { colour, opacity: alpha / 255 };
  known.set(css, plain);
  return plain;
}
