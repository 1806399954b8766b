import { svgGradient } from './css-gradient';
import { plainColour } from './plain-colour';

/** Where a box stands, in pixels. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const SIDES = ['top', 'right', 'bottom', 'left'] as const;
const pixels = (length: string): number => Number.parseFloat(length) || 0;
const rect = ({ x, y, width, height }: Box, rest: string): string =>
  `<rect x="${x}" y="${y}" width="${Math.max(0, width)}" height="${Math.max(0, height)}" ${rest}/>`;

function ink(property: 'fill' | 'stroke', css: string): string {
  const { colour, opacity } = plainColour(css);
  return `${property}="${colour}"${opacity < 1 ? ` ${property}-opacity="${Number(opacity.toFixed(4))}"` : ''}`;
}

/** What style sheets paint for an element itself, below its content: background and borders. */
export function boxElements(style: CSSStyleDeclaration, box: Box, id: string): string[] {
  const elements: string[] = [];
  const radius = pixels(style.borderTopLeftRadius);
  const round = radius > 0 ? ` rx="${Math.min(radius, box.width / 2, box.height / 2)}"` : '';
  if (plainColour(style.backgroundColor).opacity > 0)
    elements.push(rect(box, ink('fill', style.backgroundColor) + round));
  const gradient = svgGradient(style.backgroundImage, id);
  if (gradient !== null) elements.push(gradient, rect(box, `fill="url(#${id})"${round}`));

  const borders = SIDES.map((side) => {
    const of = (what: string): string => style.getPropertyValue(`border-${side}-${what}`);
    const drawn = of('style') !== 'none' && of('style') !== 'hidden';
    return { side, width: drawn ? pixels(of('width')) : 0, colour: of('color'), kind: of('style') };
  }).filter(({ width, colour }) => width > 0 && plainColour(colour).opacity > 0);
  const [first] = borders;
  if (!first) return elements;
  const same = borders.every(({ width, colour }) => width === first.width && colour === first.colour);
  if (same && borders.length === SIDES.length) {
    const half = first.width / 2;
    const inset = {
      x: box.x + half,
      y: box.y + half,
      width: box.width - first.width,
      height: box.height - first.width,
    };
    const dash = first.kind === 'dashed' ? ` stroke-dasharray="${3 * first.width} ${2 * first.width}"` : '';
    const pen = `fill="none" ${ink('stroke', first.colour)} stroke-width="${first.width}"${dash}`;
    elements.push(rect(inset, pen + round));
    return elements;
  }
  for (const { side, width, colour } of borders) {
    const lies = side === 'top' || side === 'bottom';
    const edge = {
      x: side === 'right' ? box.x + box.width - width : box.x,
      y: side === 'bottom' ? box.y + box.height - width : box.y,
      width: lies ? box.width : width,
      height: lies ? width : box.height,
    };
    elements.push(rect(edge, ink('fill', colour)));
  }
  return elements;
}
