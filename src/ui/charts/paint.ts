import { dashOf, paletteIndex } from '../palette';
import type { Ink } from './ink';
import type { ChartLine } from './line';
import { fillBand } from './fill-band';
import { stroke, type Frame, type Pen } from './stroke';
import type { CanvasColours } from './theme-colours';
import type { Trace } from './traces';

/** Everything one frame of a chart's canvas shows. */
export interface Scene extends Frame {
  traces: readonly Trace[];
  /** Line that stands out while the others fade. */
  emphasised: string | null;
}

const WIDTH = { method: 1.75, other: 1.5, seed: 0.75 };
const SEED_ALPHA = 0.35;
const RAW_ALPHA = 0.2;
const BAND_ALPHA = 0.14;
const FADED = 0.3;

/** Further seeds stand out together with their variant. */
function standsOut(line: ChartLine, traces: readonly Trace[], emphasised: string): boolean {
  if (line.id === emphasised) return true;
  return (
    line.weight === 'seed' &&
    traces.some((other) => other.line.id === emphasised && other.line.color === line.color)
  );
}

/** Filled dot with a rim of paper at the end of a line that still grows. */
function dotAtEnd(context: Ink, scene: Scene, { line, y }: Trace, pen: Pen, paper: string): void {
  const at = line.length - 1;
  const value = y[at] ?? NaN;
  const py = scene.y(value);
  if (!Number.isFinite(value) || !Number.isFinite(py)) return;
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(scene.x(line.x[at] ?? NaN), py, 4, 0, 2 * Math.PI);
  context.fillStyle = paper;
  context.fill();
  context.beginPath();
  context.arc(scene.x(line.x[at] ?? NaN), py, 3, 0, 2 * Math.PI);
  context.globalAlpha = pen.alpha;
  context.fillStyle = pen.colour;
  context.fill();
}

/** Draws all lines, in CSS pixels: bands at the back, then raw values, seeds, and variants, the method in front. */
export function paint(context: Ink, scene: Scene, colours: CanvasColours): void {
  const { area, traces, emphasised } = scene;
  const rank = { seed: 0, other: 1, method: 2 };
  const ordered = traces.toSorted((a, b) => rank[a.line.weight] - rank[b.line.weight]);
  const penOf = (line: ChartLine): Pen => ({
    colour: colours.series[paletteIndex(line.color)] ?? 'gray',
    width: WIDTH[line.weight],
    alpha:
      (line.weight === 'seed' ? SEED_ALPHA : 1) *
      (line.strength ?? 1) *
      (emphasised === null || standsOut(line, traces, emphasised) ? 1 : FADED),
    dash: dashOf(line.color),
  });

  context.clearRect(0, 0, area.width, area.height);
  context.save();
  context.lineJoin = 'bevel'; // mitres turn noise into spikes that were never measured
  context.beginPath();
  // 2 px more than the plot, for a line that runs along its edge
  context.rect(area.left, area.top - 2, area.right - area.left + 2, area.bottom - area.top + 4);
  context.clip();
  for (const { line, band } of ordered) {
    if (!band) continue;
    const pen = penOf(line);
    fillBand(context, { ...band, x: line.x, length: line.length }, scene, {
      ...pen,
      alpha: pen.alpha * BAND_ALPHA,
    });
  }
  for (const { line, raw } of ordered) {
    if (!raw || line.weight === 'seed') continue;
    const pen = penOf(line);
    const faint = { ...pen, width: 1, alpha: pen.alpha * RAW_ALPHA, dash: [] };
    stroke(context, { ...line, y: raw }, scene, faint);
  }
  for (const { line, y } of ordered) stroke(context, { ...line, y }, scene, penOf(line));
  context.restore();
  for (const trace of ordered)
    if (trace.line.live) dotAtEnd(context, scene, trace, penOf(trace.line), colours.paper);
}
