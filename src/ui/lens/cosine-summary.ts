/** What the entries beside the diagonal of a symmetric matrix of cosines tell, each pair of classes once. */
export interface CosineSummary {
  mean: number;
  /** Standard deviation over the pairs, divided by their number: NC2's equal angles. */
  deviation: number;
  /** Mean distance from the target: NC2's largest angles. */
  away: number;
  /** The pair furthest from the target. */
  furthest: { row: number; column: number; value: number };
  /** Pairs that have a cosine: a class at the centre has no direction. */
  pairs: number;
}

/** −1 ∕ (C − 1), the cosine of two corners of a simplex. */
export const simplexCosine = (classes: number): number => -1 / (classes - 1);

/**
 * Sums up the pairs c ≠ c' of a matrix of cosines.
 * @param values `[classes][classes]`; entries that are not finite do not count
 * @returns null where no pair has a cosine
 */
export function cosineSummary(values: readonly (readonly number[])[], target: number): CosineSummary | null {
  const found = values.flatMap((line, row) =>
    line.slice(0, row).map((value, column) => ({ row, column, value })),
  );
  const pairs = found.filter(({ value }) => Number.isFinite(value));
  const [first, ...others] = pairs;
  if (!first) return null;
  const meanOf = (of: (value: number) => number): number =>
    pairs.reduce((sum, { value }) => sum + of(value), 0) / pairs.length;
  const mean = meanOf((value) => value);
  const distance = ({ value }: { value: number }): number => Math.abs(value - target);
  return {
    mean,
    deviation: Math.sqrt(meanOf((value) => (value - mean) ** 2)),
    away: meanOf((value) => Math.abs(value - target)),
    furthest: others.reduce((most, pair) => (distance(pair) > distance(most) ? pair : most), first),
    pairs: pairs.length,
  };
}
