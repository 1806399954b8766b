import type { MetricColumns } from '../../../run/run-series';
import type { RunFacts } from '../../../run/events';

interface Told {
  facts?: Pick<RunFacts, 'details'> | undefined;
}

/** Samples of each class; none where the run has not said. */
export const sizesOf = ({ facts }: Told): number[] =>
  facts?.details['Samples of each class']?.split(', ').map(Number) ?? [];

/** `classes of 4.1 samples or fewer`; empty where the closed form has no such size. */
export const collapseOf = ({ facts }: Told): string => facts?.details['Predicted collapse'] ?? '';

/** The value told at a step; null where there is none. */
export function valueAt(columns: MetricColumns | undefined, step: number): number | null {
  if (!columns) return null;
  const at = columns.step.subarray(0, columns.length).indexOf(step);
  return at < 0 ? null : (columns.value[at] ?? null);
}
