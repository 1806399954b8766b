import { utcTicks } from 'd3';
import { isLog, type PlotArea, type Scale } from './plot-area';
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

/** Ticks of a log axis: 1, 2, 5 in each decade, or only 1 where those have no room. */
function logTicks(x: Scale, format: (value: number) => string): Tick[] {
  const [first = 1, last = 1] = x.domain();
  const within = (digits: readonly number[]): Tick[] => {
    const exponents = Array.from({ length: 1 + Math.ceil(Math.log10(last / first)) + 1 }, (_, i) => i);
    return exponents
      .flatMap((i) => digits.map((digit) => Number(`${digit}e${Math.floor(Math.log10(first)) + i}`)))
      .filter((value) => value >= first && value <= last)
      .map((value) => ({ value, label: format(value) }));
  };
  const fits = (ticks: readonly Tick[]): boolean =>
    ticks.every(({ value, label }, i) => {
      const before = ticks[i - 1];
      if (!before) return true;
      return x(value) - x(before.value) >= (textWidth(label) + textWidth(before.label)) / 2 + AIR / 2;
    });
  const lists = [within([1, 2, 5]), within([1, 3]), within([1])];
  const decades = lists[2] ?? [];
  const thinned = [2, 3, 5, 10].map((stride) => decades.filter((_, i) => i % stride === 0));
  return [...lists, ...thinned].find(fits) ?? [];
}

/**
 * Ticks of the x axis: as many round numbers, two to seven, as fit beside each other. A number that is written like the
 * one before it (half an epoch, where epochs are whole) is left out.
 */
export function xTicks(x: Scale, area: PlotArea, unit: string, format: (value: number) => string): Tick[] {
  if (isLog(x)) return logTicks(x, format);
  for (let wanted = 6; wanted > 1; wanted--) {
    const all = roundValues(x, unit, wanted).map((value) => ({ value, label: format(value) }));
    const ticks = all.filter(({ label }, i) => label !== all[i - 1]?.label);
    const widest = Math.max(0, ...ticks.map(({ label }) => textWidth(label)));
    if (ticks.length <= 7 && ticks.length * (widest + AIR) <= area.right - area.left + AIR) return ticks;
  }
  return roundValues(x, unit, 1).map((value) => ({ value, label: format(value) }));
}
