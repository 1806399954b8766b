import { painters } from '../charts/painters';
import { readColours } from '../charts/theme-colours';
import { embeddedFonts } from './embedded-fonts';
import type { FigureOrigin } from './figure-origin';
import { MARGIN, type Picture } from './picture';
import { lightStage, nameChoices, originalOf, pairCanvases } from './picture-stage';
import { plainColour } from './plain-colour';
import { boxElements } from './svg-box';
import { SvgInk } from './svg-ink';
import { rowsOf, svgText } from './svg-text';

/** Of the lines that say where the figure is from. */
const SOURCE = { size: 10, row: 14, gap: 10 };
/** A character of the font for code is this much as wide as its size. */
const MONO = 0.6;

/** What a figure holds beside what is drawn: menus and controls, tables for screen readers, explanations to open. */
const NOT_DRAWN = '[data-not-saved], .visually-hidden, details, button, fieldset, label, input';

/** Properties of SVG elements that style sheets give them, with the values that need not be said. */
const PROPERTIES: Readonly<Record<string, string>> = {
  fill: 'rgb(0, 0, 0)',
  'fill-opacity': '1',
  stroke: 'none',
  'stroke-width': '1px',
  'stroke-opacity': '1',
  'stroke-dasharray': 'none',
  'stroke-linejoin': 'miter',
  'stroke-linecap': 'butt',
  opacity: '1',
  'paint-order': 'normal',
  'shape-rendering': 'auto',
  'text-anchor': 'start',
  'vector-effect': 'none',
};
const SHAPES = ['path', 'line', 'rect', 'circle', 'polygon', 'polyline', 'ellipse'];

/**
 * A figure of the page as an SVG file that stands alone, in the light theme: title, legend, plot and captions as they are
 * laid out, what canvases show drawn anew as paths, and below it where it is from. Fonts are inside.
 */
export async function pictureOf(figure: HTMLElement, origin: FigureOrigin): Promise<Picture> {
  const { width } = figure.getBoundingClientRect();
  const stage = lightStage(figure);
  const copy = figure.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new TypeError('a figure is an HTML element');
  pairCanvases(figure, copy);
  nameChoices(figure, copy);
  for (const element of copy.querySelectorAll(NOT_DRAWN)) element.remove();
  stage.append(copy);
  document.body.append(stage);
  try {
    const drawing = new Drawing(copy);
    drawing.draw(copy);
    const { height } = copy.getBoundingClientRect();
    return await framed(drawing, Math.ceil(width), Math.ceil(height), origin);
  } finally {
    stage.remove();
  }
}

/** Goes through what is laid out and writes it down in pixels from the figure's corner. */
class Drawing {
  readonly elements: string[] = [];
  readonly families = new Set<string>();
  readonly pens = new Set<string>();
  text = '';
  readonly #left: number;
  readonly #top: number;
  #drawings = 0;

  constructor(figure: HTMLElement) {
    ({ left: this.#left, top: this.#top } = figure.getBoundingClientRect());
  }

  draw(node: Node): void {
    if (node instanceof Text) this.#drawText(node);
    else if (node instanceof SVGSVGElement) this.#drawSvg(node);
    else if (node instanceof HTMLCanvasElement) this.#drawCanvas(node);
    else if (node instanceof HTMLElement) {
      this.#drawElement(node);
    }
  }

  /** What is painted for the element itself, then what is in it. */
  #drawElement(element: HTMLElement): void {
    const style = getComputedStyle(element);
    if (style.visibility !== 'visible' || style.display === 'none') return;
    const isFaded = Number(style.opacity) < 1;
    if (isFaded) this.elements.push(`<g opacity="${style.opacity}">`);
    const rectangle = element.getBoundingClientRect();
    if (rectangle.width > 0 && rectangle.height > 0) {
      const [x, y] = this.#place(rectangle);
      const { width, height } = rectangle;
      this.elements.push(...boxElements(style, { x, y, width, height }, `box${this.#drawings++}`));
    }
    for (const child of element.childNodes) this.draw(child);
    if (isFaded) this.elements.push('</g>');
  }

  /** Where a box stands, from the figure's corner. */
  #place({ left, top }: DOMRect): [x: number, y: number] {
    return [left - this.#left, top - this.#top].map((at) => Math.round(at * 100) / 100) as [number, number];
  }

  /** Each row of a text on its own, since SVG breaks none. */
  #drawText(text: Text): void {
    const parent = text.parentElement;
    if (!parent || text.data.trim() === '') return;
    const style = getComputedStyle(parent);
    for (const { row, box } of textRows(text)) {
      const [x, top] = this.#place(box);
      if (style.writingMode.startsWith('vertical')) {
        this.#writeUpwards(row, x, top, box, style);
        continue;
      }
      const baseline = top + ascentOf(style, box.height);
      const { colour } = plainColour(style.color);
      this.#write(row, x, baseline, `fill="${colour}" ${this.#font(style)}`);
    }
  }

  /** A name that stands on its end, read from below. */
  #writeUpwards(text: string, x: number, top: number, box: DOMRect, style: CSSStyleDeclaration): void {
    const { colour } = plainColour(style.color);
    const place = `transform="translate(${x + ascentOf(style, box.width)},${top + box.height}) rotate(-90)"`;
    this.#write(text, 0, 0, `${place} fill="${colour}" ${this.#font(style)}`);
  }

  #write(text: string, x: number, y: number, attributes: string): void {
    this.text += text;
    this.elements.push(
      `<text x="${x}" y="${Math.round(y * 100) / 100}" ${attributes}>${svgText(text)}</text>`,
    );
  }

  #font(style: CSSStyleDeclaration): string {
    const [first = ''] = style.fontFamily.split(',');
    this.families.add(first.trim().replace(/^["']|["']$/g, ''));
    const tabular = style.fontVariantNumeric.includes('tabular-nums')
      ? ' style="font-variant-numeric:tabular-nums"'
      : '';
    const pen = `font-family="${svgText(style.fontFamily.replaceAll('"', "'"))}" font-weight="${style.fontWeight}"`;
    this.pens.add(pen);
    return `${pen} font-size="${style.fontSize}"${tabular}`;
  }

  #drawSvg(svg: SVGSVGElement): void {
    const box = svg.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return;
    const [x, y] = this.#place(box);
    const copy = svg.cloneNode(true);
    if (!(copy instanceof SVGSVGElement)) return;
    const [from, to] = [
      [svg, ...svg.querySelectorAll('*')],
      [copy, ...copy.querySelectorAll('*')],
    ];
    from.forEach((element, i) => {
      const other = to[i];
      if (other) this.#inline(element, other);
    });
    for (const [name, value] of Object.entries({ x, y, width: box.width, height: box.height }))
      copy.setAttribute(name, String(value));
    copy.setAttribute('overflow', 'visible');
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    this.elements.push(new XMLSerializer().serializeToString(copy));
  }

  /** Gives a copied element as attributes what style sheets give the one on the page. */
  #inline(element: Element, copy: Element): void {
    const style = getComputedStyle(element);
    copy.removeAttribute('class');
    copy.removeAttribute('style');
    copy.removeAttribute('aria-hidden');
    const isShape = SHAPES.includes(element.localName);
    const isText = element.localName === 'text' || element.localName === 'tspan';
    if (!isShape && !isText) {
      if (style.opacity !== '1') copy.setAttribute('opacity', style.opacity);
      return;
    }
    for (const [property, usual] of Object.entries(PROPERTIES)) {
      const value = style.getPropertyValue(property);
      copy.removeAttribute(property);
      if (value === '' || value === usual) continue;
      const isColour = property === 'fill' || property === 'stroke';
      copy.setAttribute(property, isColour ? plainColour(value).colour : value.replaceAll('px', ''));
    }
    for (const property of ['fill', 'stroke'] as const) {
      const { opacity } = plainColour(style.getPropertyValue(property));
      const total = opacity * Number(style.getPropertyValue(`${property}-opacity`) || 1);
      if (total < 1) copy.setAttribute(`${property}-opacity`, String(Number(total.toFixed(4))));
    }
    if (!isText) return;
    const text = element.textContent;
    this.text += text;
    for (const part of this.#font(style).matchAll(/([a-z-]+)="([^"]*)"/g))
      copy.setAttribute(part[1] ?? '', part[2] ?? '');
  }

  /** As paths where its chart can draw it again, else as the pixels that it has. */
  #drawCanvas(canvas: HTMLCanvasElement): void {
    const original = originalOf(canvas);
    const box = canvas.getBoundingClientRect();
    if (!original || box.width === 0 || box.height === 0) return;
    const [x, y] = this.#place(box);
    const paint = painters.get(original);
    if (paint) {
      const ink = new SvgInk(`drawing${this.#drawings++}-`);
      paint(ink, plainColours(readColours(canvas)));
      this.elements.push(`<g transform="translate(${x},${y})">${ink.content}</g>`);
      return;
    }
    if (original.width === 0 || original.height === 0) return;
    const sharp =
      getComputedStyle(canvas).imageRendering === 'pixelated' ? ' style="image-rendering:pixelated"' : '';
    this.elements.push(
      `<image x="${x}" y="${y}" width="${box.width}" height="${box.height}" preserveAspectRatio="none"${sharp} href="${original.toDataURL()}"/>`,
    );
  }
}

type CanvasColours = ReturnType<typeof readColours>;

/** A theme's colours as hexadecimal. */
function plainColours(colours: CanvasColours): CanvasColours {
  return {
    ...colours,
    series: colours.series.map((colour) => plainColour(colour).colour),
    paper: plainColour(colours.paper).colour,
  };
}

/** A text's rows as they are broken on the page. */
function textRows(text: Text): { row: string; box: DOMRect }[] {
  const rows: { row: string; box: DOMRect }[] = [];
  const range = document.createRange();
  for (const match of text.data.matchAll(/\S+\s*/g)) {
    const end = match.index + match[0].trimEnd().length;
    range.setStart(text, match.index);
    range.setEnd(text, end);
    const [box] = range.getClientRects();
    if (!box || box.width === 0) continue;
    const last = rows.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) last.row += ` ${match[0].trimEnd()}`;
    else rows.push({ row: match[0].trimEnd(), box });
  }
  return rows;
}

let measuring: CanvasRenderingContext2D | null = null;

/** From the top of a row's box to its baseline. */
function ascentOf(style: CSSStyleDeclaration, height: number): number {
  measuring ??= document.createElement('canvas').getContext('2d');
  if (!measuring) return 0.8 * height;
  measuring.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = measuring.measureText('x');
  return (height - ascent - descent) / 2 + ascent;
}

/** The drawing on paper, with a margin and where it is from. */
async function framed(
  drawing: Drawing,
  width: number,
  height: number,
  { url, build }: FigureOrigin,
): Promise<Picture> {
  const most = Math.max(24, Math.floor(width / (MONO * SOURCE.size)));
  const said = `Seedlab, build ${build}, ${new Date().toLocaleDateString('en', { dateStyle: 'medium' })}`;
  const source = [...rowsOf(said, most), ...rowsOf(url, most)];
  const whole = {
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN + SOURCE.gap + SOURCE.row * source.length,
  };
  const family = 'JetBrains Mono Variable';
  drawing.families.add(family);
  const rows = source.map(
    (row, i) =>
      `<text x="0" y="${height + SOURCE.gap + SOURCE.row * (i + 1)}" fill="#4a525c" font-family="'${family}', monospace" font-size="${SOURCE.size}px" style="font-variant-ligatures:none">${svgText(row)}</text>`,
  );
  const { rules, samples } = await embeddedFonts(drawing.families, drawing.text + source.join(''));
  return {
    about: `${said}. ${url}`,
    fonts: rules,
    pens: [...drawing.pens, `font-family="'${family}', monospace"`],
    samples,
    elements: [...drawing.elements, ...rows],
    ...whole,
  };
}
