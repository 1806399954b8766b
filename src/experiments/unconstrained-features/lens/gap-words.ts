import type { RunSeries } from '../../../run/run-series';
import { countText } from '../../../ui/quantity';
import { shortText as short } from './number-words';

/** What counts as having reached the closed form. */
export const REACHED = 1e-3;

/**
 * How far a run has come towards the closed form, in a sentence; empty before its first measurement.
 * @param live more measurements will come
 */
export function gapWords(series: Pick<RunSeries, 'of'>, live: boolean): string {
  const gap = series.of('gap');
  if (!gap || gap.length === 0) return live ? 'Nothing measured yet.' : 'Nothing was measured.';
  const last = gap.length - 1;
  const [first, latest, step] = [gap.value[0] ?? NaN, gap.value[last] ?? NaN, gap.step[last] ?? NaN];
  const course = `${short(latest)} at step ${countText(step)}, from ${short(first)} at first`;
  let since: number | null = null;
  for (let i = last; i >= 0 && (gap.value[i] ?? NaN) <= REACHED; i--) since = gap.step[i] ?? null;
  return since === null
    ? `${course}: above ${REACHED}.`
    : `${course}: at most ${REACHED} from step ${countText(since)} on.`;
}
