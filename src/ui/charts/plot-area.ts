import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3';
import type { Columns } from './decimate';
import type { ChartLine } from './line';
import type { Domain } from './y-scale';

export type Scale = ScaleContinuousNumeric<number, number>;

/** Pixels of a chart: its size, and the box inside the margins where lines are drawn. */
export interface PlotArea {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const MARGIN = { top: 8, right: 24, bottom: 36, left: 32 };
/** Room between a line's end and its label. */
export const LABEL_OFFSET = 10;

/** Labels at line ends never take more than a third of the width. */
export const widestLabel = (width: number): number => width / 3 - LABEL_OFFSET - 4;

/**
 * Margins that hold the widest tick and the widest end label. The left one grows in steps of 8 px, so that the plot does
 * not shift with every new digit.
 */
export function plotArea(width: number, height: number, tickWidth: number, labelWidth: number): PlotArea {
  const left = Math.max(MARGIN.left, Math.ceil((tickWidth + 10) / 8) * 8);
  const forLabels =
    labelWidth > 0 ? Math.ceil(Math.min(labelWidth, widestLabel(width)) + LABEL_OFFSET + 4) : 0;
  return {
    width,
    height,
    left,
    right: Math.max(left + 1, width - Math.max(MARGIN.right, forLabels)),
    top: MARGIN.top,
    bottom: Math.max(MARGIN.top + 1, height - MARGIN.bottom),
  };
}

/** Range of the x axis: from 0, or on a log axis the first place above it, to the furthest point. */
export function xExtent(lines: readonly Pick<ChartLine, 'x' | 'length'>[], log = false): Domain {
  if (log) return positiveExtent(lines);
  const first = Math.min(0, ...lines.map(({ x, length }) => (length > 0 ? (x[0] ?? 0) : 0)));
  const last = Math.max(...lines.map(({ x, length }) => x[length - 1] ?? first), first);
  return last > first ? [first, last] : [first, first + 1];
}

function positiveExtent(lines: readonly Pick<ChartLine, 'x' | 'length'>[]): Domain {
  const firsts = lines.flatMap(({ x, length }) => x.subarray(0, length).find((at) => at > 0) ?? []);
  const [first, last] = [Math.min(...firsts), Math.max(...lines.map(({ x, length }) => x[length - 1] ?? 0))];
  return last > first ? [first, last] : firsts.length > 0 ? [first, 10 * first] : [1, 10];
}

export function xScale(domain: Domain, area: PlotArea, log = false): Scale {
  return (log ? scaleLog : scaleLinear)(domain, [area.left, area.right]);
}

/** Whether a scale is logarithmic: d3's have a base. */
export const isLog = (scale: Scale): boolean => 'base' in scale;

/** The pixel columns of an x axis. */
export function columnsOf(x: Scale): Columns {
  const [first = 1] = x.domain();
  return isLog(x)
    ? { start: Math.log(x.invert(0)), perUnit: x(first * Math.E) - x(first), log: true }
    : { start: x.invert(0), perUnit: x(1) - x(0) };
}

/** How far in x it is from a place to one so many pixels right of it. */
export const reachAt = (x: Scale, at: number, pixels: number): number => x.invert(x(at) + pixels) - at;

export function yScale(domain: Domain, log: boolean, area: PlotArea): Scale {
  return (log ? scaleLog : scaleLinear)(domain, [area.bottom, area.top]);
}
