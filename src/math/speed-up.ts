import { mean, tHalfWidth, type TQuantile } from './interval';

/** A point of a learning curve: how far, in epochs or steps, and how good it was then. */
export interface CurvePoint {
  x: number;
  y: number;
}

/**
 * Where a curve first reaches a level: linear between the two points that it lies between, the first point's place where
 * that one is there already. Null for a curve that never reaches it. A curve with noise reaches a level early.
 * @param curve in order of x; higher is better
 */
export function firstReaching(curve: readonly CurvePoint[], level: number): number | null {
  const at = curve.findIndex(({ y }) => y >= level);
  const [before, reached] = [curve[at - 1], curve[at]];
  if (!reached) return null;
  if (!before) return reached.x;
  const share = (level - before.y) / (reached.y - before.y);
  return before.x + share * (reached.x - before.x);
}

/**
 * How many times sooner a method is as good as its baseline in the end: the baseline's last x over the x at which the method
 * first reaches the baseline's last y (Petersen et al., "TrAct", section 4.1, read it off budgets). Less than 1 cannot be seen on
 * curves of one length: a method that is not as good in the end gives null.
 * @param baseline its curve, or its final values by budget, in order of x
 * @param method likewise, in the same unit
 */
export function speedUp(baseline: readonly CurvePoint[], method: readonly CurvePoint[]): number | null {
  const last = baseline.at(-1);
  const x = last && firstReaching(method, last.y);
  return last === undefined || x === undefined || x === null || !(x > 0) ? null : last.x / x;
}

/** A speed-up over seeds. */
export interface SeededSpeedUp {
  /** Geometric mean of the seeds' speed-ups. */
  factor: number;
  /** Ends of the two-sided t-interval of its logarithm, as factors; null of one seed. */
  interval: readonly [number, number] | null;
}

/**
 * Speed-up over paired runs, one pair for each seed. Null where a method did not get as far as its baseline in one of the
 * pairs: leaving that pair out would flatter it.
 * @param pairs curves of baseline and method of a seed
 * @param level share of intervals that hold the true factor
 */
export function speedUpOverSeeds(
  pairs: readonly { baseline: readonly CurvePoint[]; method: readonly CurvePoint[] }[],
  level: number,
  quantile: TQuantile,
): SeededSpeedUp | null {
  const factors = pairs.flatMap(({ baseline, method }) => speedUp(baseline, method) ?? []);
  if (factors.length === 0 || factors.length < pairs.length) return null;
  const logarithms = factors.map(Math.log);
  const centre = mean(logarithms);
  const half = tHalfWidth(logarithms, level, quantile);
  return {
    factor: Math.exp(centre),
    interval: half === null ? null : [Math.exp(centre - half), Math.exp(centre + half)],
  };
}
