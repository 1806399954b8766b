import type { CurvePoint } from '../math/speed-up';
import type { Card, SpeedUp } from '../run/card';
import type { SpeedUpPair } from './speed-up';
import type { PlannedPairs } from './speed-up-of-runs';
import type { SweepLine, SweepPicture } from './sweep-picture';

/** Pairs read off the lines of a sweep over budgets. */
export interface BudgetPairs extends PlannedPairs {
  /** The baseline's budget that the method is held against. */
  budget: number;
}

/**
 * Last values over budgets, each from a training of its own, of the card's speed-up, seed by seed: for the seeds whose
 * baseline has run the largest budget of the chart. Null where the chart does not have both lines.
 * @param planned how many seeds there will be
 */
export function pairsOfBudgets(
  { metrics }: Card,
  speedUp: SpeedUp,
  picture: Pick<SweepPicture, 'axis' | 'lines' | 'planned' | 'done'>,
  planned: number,
): BudgetPairs | null {
  const budgets = picture.axis.values?.map(({ value }) => value) ?? [];
  const line = (variant: string): SweepLine | undefined =>
    picture.lines.find((one) => one.variant === variant && one.metric === metrics[speedUp.metric]);
  const [method, baseline] = [line(speedUp.method), line(speedUp.baseline)];
  if (!method || !baseline || budgets.length === 0) return null;

  const budget = Math.max(...budgets);
  const seeds = baseline.points.find(({ x }) => x === budget)?.runs.map(({ seed }) => seed) ?? [];
  const pairs = seeds.map((seed): SpeedUpPair => {
    const curve = curveOf(method, seed);
    const ended = picture.done === picture.planned || curve.length === budgets.length;
    return { seed, baseline: curveOf(baseline, seed), method: curve, ended };
  });
  return { pairs, planned, budget };
}

/** One seed's values along a line, in order of x. */
const curveOf = ({ points }: SweepLine, seed: number): CurvePoint[] =>
  points.flatMap(({ x, runs }) => {
    const run = runs.find((one) => one.seed === seed);
    return run && x !== null ? [{ x, y: run.value }] : [];
  });
