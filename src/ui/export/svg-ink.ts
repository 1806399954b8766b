import type { Ink } from '../charts/ink';

/** Two decimals of a pixel are below anything that is seen, and keep files small. */
const short = (value: number): string => String(Math.round(value * 100) / 100);

/** Charts draw with plain colours. */
function named(style: string | CanvasGradient | CanvasPattern): string {
  if (typeof style !== 'string') throw new TypeError('only plain colours can be written');
  return style;
}

interface State {
  alpha: number;
  stroke: string;
  fill: string;
  width: number;
  join: CanvasLineJoin;
  dash: readonly number[];
  /** Id of the clipping path that holds; '' for none. */
  clip: string;
}

/**
 * Ink that writes SVG elements in place of pixels. Colours are taken as they are given. Lines drawn one piece after the
 * other with the same pen become one path, as they look when they are drawn at once.
 */
export class SvgInk implements Ink {
  readonly #elements: string[] = [];
  readonly #clips: string[] = [];
  readonly #states: State[] = [];
  readonly #prefix: string;
  #state: State = {
    alpha: 1,
    stroke: '#000000',
    fill: '#000000',
    width: 1,
    join: 'miter',
    dash: [],
    clip: '',
  };
  #path = '';
  /** Where the path ends, so that a line's next piece is known as such. */
  #end = '';
  /** The element before the current one as far as it can be gone on with. */
  #open: { pen: string; end: string } | null = null;

  /** @param prefix of ids, so that several drawings can be put into one file */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** What has been drawn, as elements of an SVG file. */
  get content(): string {
    const clips = this.#clips.length > 0 ? `<defs>${this.#clips.join('')}</defs>` : '';
    return clips + this.#elements.join('');
  }

  set globalAlpha(alpha: number) {
    this.#state = { ...this.#state, alpha };
  }

  set strokeStyle(style: string | CanvasGradient | CanvasPattern) {
    this.#state = { ...this.#state, stroke: named(style) };
  }
  get strokeStyle(): string {
    return this.#state.stroke;
  }

  set fillStyle(style: string | CanvasGradient | CanvasPattern) {
    this.#state = { ...this.#state, fill: named(style) };
  }
  get fillStyle(): string {
    return this.#state.fill;
  }

  set lineWidth(width: number) {
    this.#state = { ...this.#state, width };
  }

  set lineJoin(join: CanvasLineJoin) {
    this.#state = { ...this.#state, join };
  }

  setLineDash(dash: number[]): void {
    this.#state = { ...this.#state, dash };
  }

  save(): void {
    this.#states.push(this.#state);
  }

  restore(): void {
    this.#state = this.#states.pop() ?? this.#state;
  }

  clearRect(): void {
    // There is nothing below.
  }

  beginPath(): void {
    this.#path = '';
    this.#end = '';
  }

  moveTo(x: number, y: number): void {
    this.#end = `${short(x)},${short(y)}`;
    this.#path += `M${this.#end}`;
  }

  lineTo(x: number, y: number): void {
    if (this.#path === '') {
      this.moveTo(x, y);
      return;
    }
    this.#end = `${short(x)},${short(y)}`;
    this.#path += `L${this.#end}`;
  }

  /** Whole circles only: charts draw no others. */
  arc(x: number, y: number, radius: number, from: number, to: number): void {
    if (Math.abs(to - from) < 2 * Math.PI) throw new RangeError('only whole circles can be written');
    const half = `a${short(radius)},${short(radius)} 0 1 0`;
    this.#path += `M${short(x - radius)},${short(y)}${half} ${short(2 * radius)},0${half} ${short(-2 * radius)},0Z`;
    this.#end = '';
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${short(x)},${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
    this.#end = '';
  }

  clip(): void {
    const id = `${this.#prefix}clip${this.#clips.length}`;
    this.#clips.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath>`);
    this.#state = { ...this.#state, clip: id };
  }

  stroke(): void {
    const { stroke, width, join, dash } = this.#state;
    const dashed = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    const pen = `fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="${join}"${dashed}${this.#opacity('stroke')}`;
    const start = /^M([^ML]*)/.exec(this.#path)?.[1];
    const last = this.#elements.length - 1;
    if (this.#open && this.#open.pen === pen && this.#open.end === start && start !== '') {
      const more = this.#path.slice(1 + start.length);
      this.#elements[last] = (this.#elements[last] ?? '').replace('"/>', `${more}"/>`);
    } else this.#add(`<path ${pen} d="${this.#path}"/>`);
    this.#open = { pen, end: this.#end };
  }

  fill(): void {
    this.#add(`<path fill="${this.#state.fill}"${this.#opacity('fill')} d="${this.#path}"/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const before = this.#path;
    this.#path = '';
    this.rect(x, Math.min(y, y + height), width, Math.abs(height));
    this.fill();
    this.#path = before;
  }

  #opacity(of: 'stroke' | 'fill'): string {
    const { alpha, clip } = this.#state;
    const faint = alpha < 1 ? ` ${of}-opacity="${Number(alpha.toFixed(4))}"` : '';
    return clip === '' ? faint : `${faint} clip-path="url(#${clip})"`;
  }

  #add(element: string): void {
    this.#elements.push(element);
    this.#open = null;
  }
}
