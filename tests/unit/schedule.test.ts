import { describe, expect, it } from 'vitest';
import { learningRateAt, milestonesAt, milestonesEvery, type Schedule } from '../../src/nn/schedule';

/** The rates of all steps. */
const ratesOf = (schedule: Schedule) =>
  Array.from({ length: schedule.totalSteps }, (_, step) => learningRateAt(step, schedule));

describe('learningRateAt', () => {
  const run = { peak: 0.1, warmup: 4, totalSteps: 12 };
  const cosine = { kind: 'cosine', ...run } as const;

  it.each([
    { kind: 'constant' },
    { kind: 'cosine' },
    { kind: 'linear' },
    { kind: 'steps', milestones: [8], factor: 0.5 },
  ] as const)('rises linearly to the peak first: $kind', (shape) => {
    const rates = ratesOf({ ...run, ...shape });
    for (const [step, rate] of [0.025, 0.05, 0.075, 0.1].entries()) expect(rates[step]).toBeCloseTo(rate, 12);
    expect(rates[4]).toBeCloseTo(0.1, 12);
  });

  it('follows half a cosine', () => {
    const rates = ratesOf(cosine);
    expect(rates[8]).toBeCloseTo(0.05, 12);
    expect(rates[6]).toBeCloseTo(0.05 * (1 + Math.SQRT1_2), 12);
    expect(rates[11]).toBeCloseTo(0.05 * (1 + Math.cos((Math.PI * 7) / 8)), 12);
  });

  it('falls linearly: rates add up to the triangles’ area', () => {
    const rates = ratesOf({ ...run, kind: 'linear' });
    for (const [i, rate] of rates.slice(4).entries()) expect(rate).toBeCloseTo(0.1 - 0.0125 * i, 12);
    const sum = rates.reduce((total, rate) => total + rate, 0);
    expect(sum).toBeCloseTo(0.1 * ((4 + 1) / 2 + (8 + 1) / 2), 12);
  });

  it('stays at the peak when constant', () => {
    expect(learningRateAt(11, { ...cosine, kind: 'constant' })).toBe(0.1);
  });

  it('falls by the factor from each milestone on, the milestone’s own step included', () => {
    const rates = ratesOf({ ...run, kind: 'steps', milestones: [6, 9], factor: 0.2 });
    expect(rates.slice(4, 6)).toEqual([0.1, 0.1]);
    for (const rate of rates.slice(6, 9)) expect(rate).toBeCloseTo(0.02, 12);
    for (const rate of rates.slice(9)) expect(rate).toBeCloseTo(0.004, 12);
  });

  it('has passed a milestone that lies in the warm-up once the warm-up ends', () => {
    const schedule = { ...run, kind: 'steps', milestones: [2], factor: 0.5 } as const;
    expect(learningRateAt(3, schedule)).toBeCloseTo(0.1, 12);
    expect(learningRateAt(4, schedule)).toBeCloseTo(0.05, 12);
  });

  it('warms up over the whole run at most, and needs no warm-up', () => {
    expect(learningRateAt(11, { ...cosine, warmup: 1000 })).toBeCloseTo(0.1, 12);
    expect(learningRateAt(0, { ...cosine, warmup: 0 })).toBe(0.1);
  });
});

describe('milestones', () => {
  it('lie at fractions of the training', () => {
    expect(milestonesAt([1 / 3, 2 / 3], 350)).toEqual([117, 233]);
  });

  it('lie every so many steps, and not at the end', () => {
    expect(milestonesEvery(100, 400)).toEqual([100, 200, 300]);
    expect(milestonesEvery(100, 401)).toEqual([100, 200, 300, 400]);
    expect(milestonesEvery(100, 50)).toEqual([]);
  });
});
