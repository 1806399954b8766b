import type { MetricInfo } from '../run/card';

/** Between a number and its unit: they never part at a line's end. */
const NBSP = '\u00a0';
const MINUS = '\u2212';

/** By decimals. Making one takes far longer than using it, and numbers are written with every frame. */
const formats = new Map<number, Intl.NumberFormat>();

/** Rounded to so many decimals, with a true minus; what rounds to zero has no sign. */
function grouped(value: number, decimals: number): string {
  let format = formats.get(decimals);
  if (!format) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    format = new Intl.NumberFormat('en', { ...digits, signDisplay: 'negative' });
    formats.set(decimals, format);
  }
  return format.format(value).replace('-', MINUS);
}

/** A whole number with its thousands apart, for example `60,000`. */
export const countText = (value: number): string => grouped(value, 0);

/** `text` as many as counted: `1 run`, `3 runs`. */
export const countOf = (count: number, noun: string): string =>
  `${countText(count)}${NBSP}${noun}${count === 1 ? '' : 's'}`;

/** Bytes received of those needed, in one unit: `3.1 of 6.0 MB`. */
export function bytesOfText(done: number, total: number): string {
  const [divisor, unit] = total < 1e6 ? ([1e3, 'kB'] as const) : ([1e6, 'MB'] as const);
  return `${(done / divisor).toFixed(1)} of ${(total / divisor).toFixed(1)}${NBSP}${unit}`;
}

/** A span of time as minutes and seconds, `1:05`; with hours where there are any, `2:00:09`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three significant digits with an SI prefix: `1.23 GFLOPs`. */
export function siText(value: number, unit: string): string {
  if (value === 0 || !Number.isFinite(value)) return `${value}${NBSP}${unit}`.trimEnd();
  const rounded = Number(Math.abs(value).toPrecision(3));
  const power = Math.min(Math.max(Math.floor(Math.log10(rounded) / 3), 0), PREFIXES.length - 1);
  const digits = Number((value / 1000 ** power).toPrecision(3));
  return `${String(digits).replace('-', MINUS)}${NBSP}${PREFIXES[power] ?? ''}${unit}`.trimEnd();
}

/** A metric's value as its table prints it, without the unit. Width stays put while the value moves. */
export function metricNumber(info: MetricInfo, value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const shown = info.unit === '%' ? value * 100 : value;
  const decimals = info.decimals ?? (info.unit === '%' ? 1 : undefined);
  return decimals === undefined ? significant(shown) : grouped(shown, decimals);
}

/** Four significant digits; a power of ten only where zeros would hide them. */
function significant(value: number): string {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-5 || size >= 1e6) ? value.toExponential(3) : value.toPrecision(4);
  return text.replaceAll('-', MINUS);
}

/** A metric's value with its unit. */
export const metricText = (info: MetricInfo, value: number): string =>
  `${metricNumber(info, value)}${info.unit ? NBSP + info.unit : ''}`;

/** A difference of two values of a metric, signed. Differences of percentages are points. */
export function differenceText(info: MetricInfo, difference: number): string {
  const sign = difference > 0 ? '+' : '';
  const unit = info.unit === '%' ? 'points' : info.unit;
  const number =
    info.unit === '%' ? grouped(difference * 100, (info.decimals ?? 1) + 1) : metricNumber(info, difference);
  return `${sign}${number}${unit ? NBSP + unit : ''}`;
}
