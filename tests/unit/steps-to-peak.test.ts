import { describe, expect, it } from 'vitest';
import { StepsToPeak } from '../../src/experiments/mixture-of-depths/steps-to-peak';

/** The measure after each of these evaluations. */
const after = (points: readonly (readonly [step: number, accuracy: number])[]) => {
  const measure = new StepsToPeak();
  return points.map(([step, accuracy]) => measure.add(step, accuracy));
};

describe('steps to within 2 % of the own peak', () => {
  it('is the first evaluation no more than 0.02 below the best', () => {
    expect(
      after([
        [20, 0.5],
        [40, 0.79],
        [60, 0.785],
        [80, 0.8],
      ]),
    ).toEqual([20, 40, 40, 40]);
  });

  it('moves on as the peak rises, and stands while it does not', () => {
    expect(
      after([
        [0, 0.9],
        [10, 0.6],
        [20, 0.91],
        [30, 0.95],
      ]),
    ).toEqual([0, 0, 0, 30]);
  });
});
