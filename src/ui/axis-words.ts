import type { XAxis } from '../run/x-axis';
import { plainNumber } from './knob-text';
import { countText, durationText, siText } from './quantity';

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
