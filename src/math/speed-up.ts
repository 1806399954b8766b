import { mean, tHalfWidth } from './interval';

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

/** Where a method is as good as its baseline is in the end. */
export interface Reach {
  /** The baseline's last value. */
  level: number;
  /** Where the method first has it. */
  from: number;
  /** Where the baseline ends. */
  to: number;
  /** The method has it at its first point, so it may have had it before. */
  atFirst: boolean;
}

/** Null where the method is never as good, and of a baseline without a point. */
export function reach(baseline: readonly CurvePoint[], method: readonly CurvePoint[]): Reach | null {
  const last = baseline.at(-1);
  const from = last ? firstReaching(method, last.y) : null;
  if (!last || from === null) return null;
  return { level: last.y, from, to: last.x, atFirst: from === method[0]?.x };
}

/**
 * How many times sooner a method is as good as its baseline in the end: the baseline's last x over the x at which the method
 * first reaches the baseline's last y (Petersen et al., "TrAct", section 4.1, read it off budgets). Less than 1 cannot be seen on
 * curves of one length: a method that is not as good in the end gives null, and so does one that is there at x = 0.
 * @param baseline its curve, or its final values by budget, in order of x
 * @param method likewise, in the same unit
 */
export function speedUp(baseline: readonly CurvePoint[], method: readonly CurvePoint[]): number | null {
  const found = reach(baseline, method);
  return found && found.from > 0 ? found.to / found.from : null;
}

/** A speed-up over seeds. */
export interface SeededSpeedUp {
  /** Geometric mean of the seeds' speed-ups: `to` ∕ `from`. */
  factor: number;
  /** Geometric mean of where the methods first are as good as their baselines in the end. */
  from: number;
  /** Geometric mean of where the baselines end. */
  to: number;
  /** Mean of the baselines' last values. */
  level: number;
  /** Ends of the two-sided t-interval of its logarithm, as factors; null of one seed and of a bound. */
  interval: readonly [number, number] | null;
  /** A lower bound: a method was as good at its first point and may have been before. */
  atLeast: boolean;
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
): SeededSpeedUp | null {
  const found = pairs.flatMap(({ baseline, method }) => reach(baseline, method) ?? []);
  if (found.length === 0 || found.length < pairs.length || found.some(({ from }) => !(from > 0))) return null;
  const geometricMean = (values: readonly number[]): number => Math.exp(mean(values.map(Math.log)));
  const factors = found.map(({ from, to }) => to / from);
  const factor = geometricMean(factors);
  const atLeast = found.some(({ atFirst }) => atFirst);
  const half = atLeast ? null : tHalfWidth(factors.map(Math.log), level);
  return {
    factor,
    from: geometricMean(found.map(({ from }) => from)),
    to: geometricMean(found.map(({ to }) => to)),
    level: mean(found.map((one) => one.level)),
    interval: half === null ? null : [factor / Math.exp(half), factor * Math.exp(half)],
    atLeast,
  };
}
