import type { RunFacts } from './events';

/** What a curve can be drawn against. Link key `x`. */
export const X_AXES = ['step', 'epoch', 'examples', 'seconds', 'flops'] as const;
export type XAxis = (typeof X_AXES)[number];

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
