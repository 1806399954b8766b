import type { CosineSummary } from '../../../ui/lens/cosine-summary';
import { metricNumber } from '../../../ui/quantity';

/** A cosine with its sign; `–` where there is none. */
export const cosineText = (value: number, decimals = 2): string =>
  Number.isFinite(value) ? metricNumber({ label: '', unit: '', better: 'neither', decimals }, value) : '–';

const away = (value: number, target: number): string => {
  const difference = value - target;
  return Math.abs(difference) < 0.0005
    ? 'at the target'
    : `${cosineText(Math.abs(difference), 3)} ${difference > 0 ? 'above' : 'below'} the target`;
};

/**
 * What is said of two classes.
 * @param value null for a class and itself
 */
export function describePair(first: string, second: string, value: number | null, target: number): string {
  if (value === null) return `${first}: a class and itself, 1`;
  if (!Number.isFinite(value)) return `${first} and ${second}: no angle, since one of them has no length`;
  return `${first} and ${second}: cosine ${cosineText(value, 3)}, ${away(value, target)}`;
}

/** A matrix of cosines in a few words. */
export function summaryWords(
  summary: CosineSummary | null,
  names: readonly string[],
  target: number,
): string {
  if (!summary) return 'No two classes have an angle.';
  const { mean, deviation, furthest } = summary;
  const pair = `${names[furthest.column] ?? ''} and ${names[furthest.row] ?? ''}`;
  return `Mean ${cosineText(mean, 3)}, standard deviation ${cosineText(deviation, 3)}; target ${cosineText(target, 3)}. Furthest: ${pair}, ${cosineText(furthest.value, 3)}.`;
}
