import { metricNumber } from '../../../ui/quantity';

/** An entry of a matrix, to about three digits of its largest one. */
export function entryText(value: number, largest: number): string {
  if (!Number.isFinite(value)) return '–';
  const decimals = largest > 0 ? Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(largest)))) : 2;
  return metricNumber({ label: '', unit: '', better: 'neither', decimals }, value);
}

/** Two digits; a power of ten for what is next to nothing. */
export const shortText = (value: number): string =>
  (value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(2)).replaceAll(
    '-',
    '−',
  );
