import { utcTicks } from 'd3';
import type { PlotArea, Scale } from './plot-area';
import { textWidth } from './text-width';
import type { Tick } from './y-ticks';

const AIR = 24;

/** The unit of an axis in seconds that is written as a clock; its ticks are at whole minutes, half minutes, and so on. */
const CLOCK = 'min:s';

function roundValues(x: Scale, unit: string, wanted: number): number[] {
  if (unit !== CLOCK) return x.ticks(wanted);
  const [first = 0, last = 0] = x.domain();
  return utcTicks(new Date(first * 1000), new Date(last * 1000), wanted).map((date) => date.getTime() / 1000);
}

/**
 * Ticks of the x axis: as many round numbers, two to seven, as fit beside each other. A number that is written like the
 * one before it (half an epoch, where epochs are whole) is left out.
 */
export function xTicks(x: Scale, area: PlotArea, unit: string, format: (value: number) => string): Tick[] {
  for (let wanted = 6; wanted > 1; wanted--) {
    const all = roundValues(x, unit, wanted).map((value) => ({ value, label: format(value) }));
    const ticks = all.filter(({ label }, i) => label !== all[i - 1]?.label);
    const widest = Math.max(0, ...ticks.map(({ label }) => textWidth(label)));
    if (ticks.length <= 7 && ticks.length * (widest + AIR) <= area.right - area.left + AIR) return ticks;
  }
  return roundValues(x, unit, 1).map((value) => ({ value, label: format(value) }));
}
