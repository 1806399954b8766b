/**
 * Which of the stored moments is shown: the one chosen, or, where it is not stored (any more), the last before it; the
 * newest where none was chosen.
 * @param steps ascending
 * @returns its place in `steps`; -1 where there are none
 */
export function shownStep(steps: readonly number[], chosen: number | null): number {
  if (chosen === null) return steps.length - 1;
  const at = steps.findLastIndex((step) => step <= chosen);
  return at < 0 ? Math.min(0, steps.length - 1) : at;
}
