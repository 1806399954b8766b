import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3';

/** Shape of each series, a second sign beside its colour. Past the last they repeat, out of step with the colours. */
const SHAPES = [
  symbolSquare,
  symbolCircle,
  symbolTriangle,
  symbolDiamond,
  symbolCross,
  symbolStar,
  symbolWye,
];

/** Outline of a series' marker around the origin, `area` square pixels large. */
export const markerPath = (series: number, area: number): string =>
  symbol(SHAPES[series % SHAPES.length] ?? symbolCircle, area)() ?? '';
