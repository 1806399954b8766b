import type { LossWeighting } from '../weighting-method';

/**
 * Scalarization: the same weights in every step, wₖ ∕ Σⱼ wⱼ of the given ones, so that they sum to 1 (Kirchdorfer et al.
 * 2024, section 4.1).
 * @param given one weight per task, in any unit
 * @throws RangeError for a weight that is negative or not finite, when all are 0, and in a step with another number of tasks.
 */
export function scalarization(given: readonly number[]): LossWeighting {
  const sum = given.reduce((total, weight) => total + weight, 0);
  if (!given.every((weight) => weight >= 0) || !(sum > 0 && sum < Infinity))
    throw new RangeError(
      `Scalarization takes weights from 0 on that are not all 0, got ${given.join(', ') || 'none'}`,
    );
  const weights = Float64Array.from(given, (weight) => weight / sum);
  return {
    reads: 'losses',
    learns: false,
    initial: () => ({}),
    weigh(losses, state) {
      if (losses.length !== weights.length)
        throw new RangeError(`Scalarization has ${weights.length} weights and got ${losses.length} losses`);
      return { weights: weights.slice(), state };
    },
  };
}

/** More settings than anyone runs. */
const MOST_POINTS = 100_000;

/**
 * All weights that sum to 1 and are whole, positive multiples of 1/divisions: the grid that Scalarization is searched on
 * (Kirchdorfer et al. 2024, section 4.1: steps of 0.1, which are 36 points for three tasks).
 * @returns C(divisions − 1, tasks − 1) points, each `[tasks]`
 * @throws RangeError unless both are whole numbers, tasks ≥ 1, divisions ≥ tasks, and the points are at most 100 000.
 */
export function scalarizationGrid(tasks: number, divisions = 10): number[][] {
  if (!(Number.isInteger(tasks) && Number.isInteger(divisions) && tasks >= 1 && divisions >= tasks))
    throw new RangeError(`${divisions} parts cannot be shared among ${tasks} tasks, one or more for each`);
  if (binomial(divisions - 1, tasks - 1) > MOST_POINTS)
    throw new RangeError(`A grid of ${divisions} parts for ${tasks} tasks has over ${MOST_POINTS} points`);
  return compositions(divisions, tasks).map((parts) => parts.map((part) => part / divisions));
}

const binomial = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((product, factor) => product * factor, 1);

/** All ways to write a number as an ordered sum of so many positive ones. */
function compositions(total: number, parts: number): number[][] {
  if (parts === 1) return [[total]];
  return Array.from({ length: total - parts + 1 }, (_, i) => i + 1).flatMap((first) =>
    compositions(total - first, parts - 1).map((rest) => [first, ...rest]),
  );
}
