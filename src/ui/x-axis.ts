import type { RunFacts } from '../run/events';
import { countText, durationText, siText } from './quantity';
import { plainNumber } from './knob-text';

/** What a curve can be drawn against. Link key `x`. */
export const X_AXES = ['step', 'epoch', 'examples', 'seconds', 'flops'] as const;
export type XAxis = (typeof X_AXES)[number];

interface AxisInfo {
  label: string;
  /** `''` where the label says it. */
  unit: string;
  /** Name on the switch above the charts. */
  short: string;
  format: (value: number) => string;
}

/** How each axis is named and printed. */
export const X_AXIS: Readonly<Record<XAxis, AxisInfo>> = {
  step: { label: 'Training step', short: 'Step', unit: '', format: countText },
  epoch: {
    label: 'Epoch',
    short: 'Epoch',
    unit: '',
    format: (value) => plainNumber(Number(value.toFixed(2))),
  },
  examples: {
    label: 'Examples seen',
    short: 'Examples',
    unit: 'examples',
    format: (value) => siText(value, ''),
  },
  seconds: {
    label: 'Training time',
    short: 'Time',
    unit: 'min:s',
    format: (value) => durationText(value * 1000),
  },
  flops: { label: 'Training compute', short: 'FLOPs', unit: 'FLOPs', format: (value) => siText(value, '') },
};

type AxisFacts = Pick<RunFacts, 'batchSize' | 'epochExamples' | 'flopsPerStep'>;

/**
 * How far one step moves along an axis. Null where steps are not evenly spaced on it (seconds), or where the run has
 * not yet said enough of itself.
 */
export function xPerStep(axis: XAxis, facts: AxisFacts | undefined): number | null {
  if (axis === 'step') return 1;
  if (axis === 'seconds' || !facts) return null;
  if (axis === 'examples') return facts.batchSize;
  if (axis === 'flops') return facts.flopsPerStep;
  return facts.epochExamples > 0 ? facts.batchSize / facts.epochExamples : null;
}

/** Where a moment of a run lies on an axis, or null where that cannot be told yet. */
export function xAt(
  axis: XAxis,
  facts: AxisFacts | undefined,
  moment: { step: number; trainMs: number },
): number | null {
  if (axis === 'seconds') return moment.trainMs / 1000;
  const perStep = xPerStep(axis, facts);
  return perStep === null ? null : moment.step * perStep;
}
