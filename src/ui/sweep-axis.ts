import type { Card } from '../run/card';
import type { RunFacts } from '../run/events';
import type { KnobValue, Spec } from '../spec/knob';
import type { Tick } from './charts/y-ticks';
import type { ChartedSweep } from './sweep';
import { knobValueText, labelInSentence } from './knob-text';
import { siText } from './quantity';

/** What a run tells of its place. */
interface Placeable {
  spec: Spec;
  facts: Pick<RunFacts, 'flopsPerImage'> | undefined;
}

/** What the chart of a sweep has along x. */
export interface SweepAxis {
  /** Ends the chart's title: `against FLOPs`, `by temperature`. */
  ending: string;
  /** Below the axis, with the unit. */
  title: string;
  /** `places` puts values that are no quantities side by side, at 0, 1, 2 and so on. */
  scale: 'linear' | 'log' | 'places';
  /** The values that are compared, each where it stands; null where the runs decide. */
  values: readonly Tick[] | null;
  /** How a place is written; null where the setting of its point says it. */
  quantity: { name: string; format: (x: number) => string } | null;
  /** Where a run stands; null where it does not tell. */
  placeOf(run: Placeable): number | null;
}

const flopsAxis: SweepAxis = {
  ending: 'against FLOPs',
  title: 'FLOPs per image, multiply-accumulates',
  scale: 'linear',
  values: null,
  quantity: { name: 'multiply-accumulates per image', format: (flops) => siText(flops, '') },
  placeOf: ({ facts }) => facts?.flopsPerImage ?? null,
};

/**
 * The x axis of a sweep's chart: FLOPs of one image, or the sweep's knob. A knob of numbers has an axis of its own scale;
 * the values of any other stand side by side in the sweep's order.
 * @param specs settings of the runs that have a place along the knob.
 * @throws Error where the card has no such knob.
 */
export function sweepAxis(card: Card, sweep: ChartedSweep, specs: readonly Spec[]): SweepAxis {
  if (sweep.chart.x === 'flops') return flopsAxis;
  const name = sweep.knob;
  const knob = card.knobs[name];
  if (!knob) throw new Error(`Card ${card.id}: a sweep over "${name}", which is no knob`);
  const found = new Set(specs.flatMap((spec) => spec[name] ?? []));
  const isQuantity = knob.kind === 'int' || knob.kind === 'real';
  const values = isQuantity
    ? [...found].sort((a, b) => Number(a) - Number(b))
    : [...new Set([...sweep.values.filter((value) => found.has(value)), ...found])];
  const placeOf = (value: KnobValue): number => (isQuantity ? Number(value) : values.indexOf(value));
  return {
    ending: `by ${labelInSentence(knob.label)}`,
    title: knob.unit ? `${knob.label}, ${knob.unit}` : knob.label,
    scale: !isQuantity ? 'places' : knob.kind === 'real' ? knob.scale : 'linear',
    values: values.map((value) => ({ value: placeOf(value), label: knobValueText(knob, value) })),
    quantity: null,
    placeOf: ({ spec }) => {
      const value = spec[name];
      return value === undefined ? null : placeOf(value);
    },
  };
}
