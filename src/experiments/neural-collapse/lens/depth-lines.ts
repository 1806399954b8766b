import type { ChartLine } from '../../../ui/charts/line';
import type { Geometry } from './geometry';

/** What is drawn of every layer; its place in a snapshot's `layers`. */
export const LAYER_MEASURES = { nc1: 0, quotient: 1 } as const;
export type LayerMeasure = keyof typeof LAYER_MEASURES;

/** One run's layers: as they are at the shown step, and as they were at first. */
export interface DepthRun {
  /** How the run's line looks. */
  style: Pick<ChartLine, 'id' | 'label' | 'color' | 'weight' | 'live' | 'part' | 'strength'>;
  shown: Geometry;
  /** Null where the first is the one that is shown. */
  initial: Geometry | null;
  /** All of the run. */
  moments: readonly Geometry[];
}

/**
 * A measure of every layer, first to last; NaN where the layer has none. One whose features are all the same has none either:
 * its quotient is 0 ∕ 0, and the 0 of its NC1 says nothing of collapse.
 */
export const layerValues = ({ layers }: Geometry, measure: LayerMeasure): Float64Array =>
  Float64Array.from(layers, (of) =>
    Number.isNaN(of[LAYER_MEASURES.quotient]) ? NaN : (of[LAYER_MEASURES[measure]] ?? NaN),
  );

function lineOf(style: DepthRun['style'], geometry: Geometry, measure: LayerMeasure): ChartLine {
  const y = layerValues(geometry, measure);
  return { ...style, x: Float64Array.from(y, (_, i) => i + 1), y, length: y.length };
}

/** Lines over the layers, counted from 1: the initial ones behind, faint and unnamed. */
export function depthLines(runs: readonly DepthRun[], measure: LayerMeasure): ChartLine[] {
  const initial = runs.flatMap(({ style, initial: first }) =>
    first
      ? [
          lineOf(
            { ...style, id: `${style.id} initial`, label: '', weight: 'seed', live: false },
            first,
            measure,
          ),
        ]
      : [],
  );
  return [...initial, ...runs.map(({ style, shown }) => lineOf(style, shown, measure))];
}

/** Lines of all moments, which hold the axis while the reader goes through them. */
export const linesOfAll = (runs: readonly DepthRun[], measure: LayerMeasure): ChartLine[] =>
  runs.flatMap(({ style, moments }) =>
    moments.map((moment) => lineOf({ ...style, id: `${style.id} ${moment.step}` }, moment, measure)),
  );

/** Whether a measure falls from layer to layer, in a sentence; empty where there is one layer alone. */
export function depthWords(values: ArrayLike<number>, measureName: string): string {
  const list = Array.from(values);
  const [first, last] = [list[0], list.at(-1)];
  const still = list.flatMap((value, i) => (Number.isNaN(value) ? [i + 1] : []));
  if (still.length > 0)
    return `All images have the same features in layer ${still.join(', ')}: there is nothing to measure.`;
  if (list.length < 2 || first === undefined || last === undefined || !list.every(Number.isFinite)) return '';
  const rises = list.slice(1).filter((value, i) => value > (list[i] ?? NaN)).length;
  const ends = `${short(first)} in the first layer, ${short(last)} in the last`;
  if (rises === 0) return `${measureName} falls from layer to layer: ${ends}.`;
  if (rises === list.length - 1) return `${measureName} rises from layer to layer: ${ends}.`;
  return `${measureName} does not fall at every layer: ${ends}.`;
}

const short = (value: number): string => value.toPrecision(2).replaceAll('-', '−');
