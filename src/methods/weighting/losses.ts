/** ε, which is added to a loss before it divides, as the authors of UW-SO do (MTL4PPM). */
export const EPSILON = 1e-8;

/**
 * @param tasks K, where it is known beforehand
 * @throws RangeError unless there is a loss for each of one or more tasks and none is negative. NaN passes.
 */
export function requireLosses(method: string, losses: Float64Array, tasks = losses.length): void {
  if (losses.length === 0) throw new RangeError(`${method} weighs one task or more, and there is none`);
  if (losses.length !== tasks)
    throw new RangeError(`${method} was made for ${tasks} tasks and got ${losses.length} losses`);
  const k = losses.findIndex((loss) => loss < 0);
  if (k >= 0)
    throw new RangeError(
      `${method} weighs by how large a loss is, so none may be negative; task ${k + 1} has ${losses[k] ?? NaN}`,
    );
}

/** How the inverse of a loss is kept finite. */
export interface InverseSettings {
  /**
   * Losses below count as this large; 0 (the default) for no clamp. It keeps a task that is all but solved from taking all
   * the weight. The loss that is weighted is not clamped: it keeps its gradient.
   */
  floor?: number;
  /** 10⁻⁸ unless told. With 0 a loss of 0 has no finite inverse. */
  epsilon?: number;
}

/**
 * 1 ∕ (max(Lₖ, floor) + ε), `[tasks]`: at most 1/ε, also for a loss of 0.
 * @throws RangeError for a floor or an ε that is negative or not finite.
 */
export function inverseOf(
  losses: Float64Array,
  { floor = 0, epsilon = EPSILON }: InverseSettings = {},
): Float64Array {
  for (const [name, value] of Object.entries({ floor, epsilon }))
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`The ${name} of a loss is a number from 0 on, got ${value}`);
  return losses.map((loss) => 1 / (Math.max(loss, floor) + epsilon)); // Math.max keeps NaN
}

/** Σₖ wₖ Lₖ, the loss whose gradient, at constant weights, is what a step descends. */
export const weightedLoss = (weights: Float64Array, losses: Float64Array): number =>
  losses.reduce((sum, loss, k) => sum + (weights[k] ?? NaN) * loss, 0);

/** wₖ Lₖ ∕ Σⱼ wⱼ Lⱼ: each task's share of the weighted loss, `[tasks]`; NaN where that is 0. */
export function weightedShares(weights: Float64Array, losses: Float64Array): Float64Array {
  const total = weightedLoss(weights, losses);
  return losses.map((loss, k) => ((weights[k] ?? NaN) * loss) / total);
}
