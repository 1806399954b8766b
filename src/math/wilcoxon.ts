/** Differences closer than this share of the largest number are equal: what tells them apart is rounding. */
const ROUNDING = 1e-9;

/** A signed-rank test on differences of pairs. */
export interface SignedRank {
  /** W⁺, the sum of the ranks of positive differences. */
  w: number;
  /** Two-sided, of differences that lie symmetrically about the tested one. */
  p: number;
  /** The smallest p that so many pairs can have, all to one side: 2 ∕ 2ⁿ without zeros. */
  least: number;
}

/**
 * Wilcoxon's signed-rank test ("Individual Comparisons by Ranking Methods", Biometrics Bulletin 1, 1945): the sizes
 * |dᵢ − δ| are ranked, and the ranks of positive differences are summed. Equal sizes share the mean of their ranks. Zeros
 * are ranked with the rest, as the smallest, and then left out of the sum (Pratt, "Remarks on Zeros and Ties in the Wilcoxon
 * Signed Rank Procedures", JASA 54, 1959): dropped beforehand, they would make the others look more decided than they are.
 *
 * p is exact for any number of pairs: given the sizes, every rank is positive or negative with probability ½, and the
 * distribution of the sum grows rank by rank, in n³ operations; no normal approximation is needed.
 * Null of no differences, and of some that are not finite.
 * @param centre δ, the difference that is tested
 */
export function signedRank(differences: readonly number[], centre = 0): SignedRank | null {
  if (differences.length === 0 || !differences.every(Number.isFinite)) return null;
  const same = ROUNDING * Math.max(Math.abs(centre), ...differences.map(Math.abs));
  const sorted = differences
    .map((difference) => ({ size: Math.abs(difference - centre), positive: difference > centre }))
    .sort((a, b) => a.size - b.size);

  // Twice the ranks, so that the mean of tied ones is a whole number.
  const ranks: { twice: number; positive: boolean }[] = [];
  for (let from = 0; from < sorted.length;) {
    const first = sorted[from]?.size ?? NaN;
    const tied = sorted.slice(from).filter(({ size }) => size - first <= same);
    if (first > same)
      ranks.push(...tied.map(({ positive }) => ({ twice: 2 * from + tied.length + 1, positive })));
    from += tied.length;
  }

  const total = ranks.reduce((sum, { twice }) => sum + twice, 0);
  const positive = ranks.reduce((sum, { twice, positive }) => sum + (positive ? twice : 0), 0);
  const chances = chancesOfSums(
    ranks.map(({ twice }) => twice),
    total,
  );
  // Symmetric about total ∕ 2, so that both tails are as heavy.
  const tail = Math.min(positive, total - positive);
  const below = chances.subarray(0, tail + 1).reduce((sum, chance) => sum + chance, 0);
  return { w: positive / 2, p: Math.min(1, 2 * below), least: Math.min(1, 2 * 0.5 ** ranks.length) };
}

/** Probability of every sum of whole numbers, each of them in it with probability ½. */
function chancesOfSums(values: readonly number[], total: number): Float64Array {
  const chances = new Float64Array(total + 1);
  chances[0] = 1;
  for (const value of values)
    for (let sum = total; sum >= 0; sum--)
      chances[sum] = ((chances[sum] ?? 0) + (sum >= value ? (chances[sum - value] ?? 0) : 0)) / 2;
  return chances;
}
