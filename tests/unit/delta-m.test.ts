import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deltaM, type ComparedMetric } from '../../src/math/delta-m';

const accuracy = (model: number, baseline: number): ComparedMetric => ({ model, baseline, better: 'higher' });
const error = (model: number, baseline: number): ComparedMetric => ({ model, baseline, better: 'lower' });

describe('Δm', () => {
  it('is −7.5 % for accuracy 0.9 → 0.81 and error 0.2 → 0.15', () => {
    const { perTask, total } = deltaM([[accuracy(0.81, 0.9)], [error(0.15, 0.2)]]);
    expect(perTask[0]).toBeCloseTo(10, 12);
    expect(perTask[1]).toBeCloseTo(-25, 12);
    expect(total).toBeCloseTo(-7.5, 12);
  });

  it('is 0 of the baseline itself, and negative where the model is better, whichever way that is', () => {
    const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        expect(deltaM([[accuracy(a, a)], [error(b, b)]])).toEqual({ perTask: [0, 0], total: 0 });
        fc.pre(a !== b);
        expect(Math.sign(deltaM([[accuracy(a, b)]]).total ?? NaN)).toBe(a > b ? -1 : 1);
        expect(Math.sign(deltaM([[error(a, b)]]).total ?? NaN)).toBe(a < b ? -1 : 1);
      }),
    );
  });

  it('does not depend on the unit of a metric', () => {
    expect(deltaM([[accuracy(81, 90)], [error(150, 200)]]).total).toBeCloseTo(-7.5, 12);
  });

  it('averages within a task first, so that many metrics do not outvote another task', () => {
    const depth = [error(0.15, 0.2), error(0.1, 0.2), error(0.2, 0.2)]; // −25, −50, 0
    const { perTask, total } = deltaM([[accuracy(0.81, 0.9)], depth]);
    expect(perTask[1]).toBeCloseTo(-25, 12);
    expect(total).toBeCloseTo(-7.5, 12);
    // As the paper has it, each metric for itself.
    expect(deltaM([[accuracy(0.81, 0.9)], ...depth.map((metric) => [metric])]).total).toBeCloseTo(-16.25, 12);
  });

  it('is null where there is nothing to be relative to, and NaN after a run that diverged', () => {
    expect(deltaM([[error(0.1, 0)], [error(1, 2)]])).toEqual({ perTask: [null, -50], total: null });
    expect(deltaM([[error(0.1, -1)]]).total).toBeNull();
    expect(deltaM([])).toEqual({ perTask: [], total: null });
    expect(deltaM([[error(NaN, 1)], [error(1, 2)]])).toEqual({ perTask: [NaN, -50], total: NaN });
    expect(deltaM([[error(1, NaN)]]).total).toBeNaN();
    expect(() => deltaM([[error(1, 1)], []])).toThrow('Task 2');
  });
});
