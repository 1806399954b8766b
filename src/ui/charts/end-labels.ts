import type { ChartLine } from './line';
import { placeLabels } from './place-labels';
import { LABEL_OFFSET, type PlotArea, type Scale } from './plot-area';
import { fitText } from './text-width';
import type { Trace } from './traces';

/** A line's name beside its end. */
export interface EndLabel {
  line: ChartLine;
  text: string;
  x: number;
  y: number;
  /** Path from the line's end to a label that had to move; '' where it did not. */
  leader: string;
}

const ROW = 14;
const UNMOVED = 3;

/** Last drawable point of a trace in pixels. */
function endOf({ line, y }: Trace, xScale: Scale, yScale: Scale): { x: number; y: number } | null {
  for (let i = line.length - 1; i >= 0; i--) {
    const at = yScale(y[i] ?? NaN);
    if (Number.isFinite(at)) return { x: xScale(line.x[i] ?? NaN), y: at };
  }
  return null;
}

/**
 * Names at the ends of lines, in one column right of the longest line, spread so that they do not overlap.
 * That side of the plot is empty, so labels never cover a line.
 */
export function endLabels(traces: readonly Trace[], x: Scale, y: Scale, area: PlotArea): EndLabel[] {
  const ends = traces.flatMap((trace) => {
    const end = endOf(trace, x, y);
    return end ? [{ line: trace.line, end }] : [];
  });
  const column = Math.max(...ends.map(({ end }) => end.x)) + LABEL_OFFSET;
  const inside = (at: number): number => Math.max(area.top, Math.min(area.bottom, at));
  const placed = placeLabels(
    ends.map(({ end }) => inside(end.y)),
    ROW,
    area.top,
    area.bottom,
  );
  return ends.map(({ line, end }, i) => {
    const at = placed[i] ?? end.y;
    const from = inside(end.y);
    const moved = Math.abs(at - from) > UNMOVED || column - end.x > LABEL_OFFSET + 4;
    return {
      line,
      text: fitText(line.label, area.width - column - 2),
      x: column,
      y: at,
      leader: moved ? `M${end.x + 5},${from}L${column - 2},${at}` : '',
    };
  });
}
