import type { MetricInfo } from '../run/card';
import { metricNumber } from './quantity';

/**
 * A mean with what it may be off by, in the metric's unit but without it and with equally many decimals: `62.2 ± 1.5`.
 * The mean alone where that is null.
 */
export function spreadNumber(info: MetricInfo, mean: number, spread: number | null): string {
  const text = metricNumber(info, mean);
  if (spread === null) return text;
  const decimals = /^\D?\d+(?:\.(\d+))?$/.exec(text.replaceAll(',', ''))?.[1]?.length ?? 0;
  const alike = text.includes('e') ? info : { ...info, decimals };
  return `${text} ± ${metricNumber(alike, spread)}`;
}

/** The same with its unit: `62.2 ± 1.5 %`. */
export const spreadText = (info: MetricInfo, mean: number, spread: number | null): string =>
  `${spreadNumber(info, mean, spread)}${info.unit ? `\u00a0${info.unit}` : ''}`;
