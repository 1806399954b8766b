import { decimateBand, type BandColumns } from './decimate-band';
import type { Ink } from './ink';
import { columnsOf } from './plot-area';
import type { Frame, Pen } from './stroke';

/** Far beyond any plot, where an end that a log axis cannot show is drawn to. */
const BEYOND = 1e5;

/** Fills the area between the ends of an interval and leaves its gaps open. An interval at one place alone becomes a line. */
export function fillBand(
  context: Ink,
  band: BandColumns,
  { x, y }: Frame,
  { colour, alpha }: Pick<Pen, 'colour' | 'alpha'>,
): void {
  const columns = columnsOf(x);
  const height = (value: number): number => {
    const at = y(value);
    return Number.isNaN(at) ? BEYOND : Math.max(-BEYOND, Math.min(BEYOND, at));
  };
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  for (const part of decimateBand(band, columns)) {
    const last = part.x.length - 1;
    context.beginPath();
    const aside = last === 0 ? 1 : 0;
    for (let i = 0; i <= last; i++) {
      const [left, top] = [x(part.x[i] ?? NaN) - aside, height(part.high[i] ?? NaN)];
      if (i === 0) context.moveTo(left, top);
      else context.lineTo(left, top);
    }
    if (aside > 0) context.lineTo(x(part.x[0] ?? NaN) + aside, height(part.high[0] ?? NaN));
    for (let i = last; i >= 0; i--) context.lineTo(x(part.x[i] ?? NaN) + aside, height(part.low[i] ?? NaN));
    if (aside > 0) context.lineTo(x(part.x[0] ?? NaN) - aside, height(part.low[0] ?? NaN));
    context.fill();
  }
}
