import { GAP, decimate } from './decimate';
import type { Ink } from './ink';
import { columnsOf, type PlotArea, type Scale } from './plot-area';

/** A column of values over a column of x. */
export interface Curve {
  x: Float64Array;
  y: Float64Array;
  length: number;
}

/** Where a curve goes in pixels. */
export interface Frame {
  area: PlotArea;
  x: Scale;
  y: Scale;
  log: boolean;
}

export interface Pen {
  colour: string;
  width: number;
  alpha: number;
  dash: readonly number[];
}

/** Dashes on a path this many times longer than the plot is wide would be confetti: noise is drawn solid. */
const LONGEST_DASHED = 3;
/** Segments stroked at once. A path that crosses itself a thousand times costs a rasteriser twice what its pieces do. */
const PIECE = 16;

/** Unbroken parts of a curve, each a list x₀, y₀, x₁, y₁ … in pixels. */
function unbroken(curve: Curve, { x, y, log }: Frame): number[][] {
  const columns = columnsOf(x);
  let part: number[] = [];
  const parts = [part];
  for (const index of decimate(curve.x, curve.y, curve.length, columns, log ? 0 : -Infinity)) {
    if (index === GAP) parts.push((part = []));
    else part.push(x(curve.x[index] ?? NaN), y(curve.y[index] ?? NaN));
  }
  return parts;
}

function pathLength(points: readonly number[]): number {
  let length = 0;
  for (let i = 2; i < points.length; i++) length += Math.abs((points[i] ?? 0) - (points[i - 2] ?? 0));
  return length;
}

/** Strokes a curve with straight segments and leaves its gaps open. A point alone between gaps becomes a dot. */
export function stroke(context: Ink, curve: Curve, frame: Frame, pen: Pen): void {
  const parts = unbroken(curve, frame);
  const length = parts.reduce((sum, part) => sum + pathLength(part), 0);
  const noisy = length > LONGEST_DASHED * (frame.area.right - frame.area.left);
  context.globalAlpha = pen.alpha;
  context.strokeStyle = context.fillStyle = pen.colour;
  context.lineWidth = pen.width;
  context.setLineDash(noisy ? [] : [...pen.dash]);
  const piece = noisy ? 2 * PIECE : Infinity;
  for (const part of parts) {
    const [firstX = NaN, firstY = NaN] = part;
    context.beginPath();
    if (part.length === 2) {
      context.arc(firstX, firstY, Math.max(1.25, pen.width), 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(firstX, firstY);
    for (let i = 2; i < part.length; i += 2) {
      const [px, py] = [part[i] ?? NaN, part[i + 1] ?? NaN];
      context.lineTo(px, py);
      if (i % piece === 0) {
        context.stroke();
        context.beginPath();
        context.moveTo(px, py);
      }
    }
    context.stroke();
  }
}
