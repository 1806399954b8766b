import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../src/nn/schedule';

describe('learningRateAt', () => {
  const cosine = { kind: 'cosine', peak: 0.1, warmup: 4, totalSteps: 12 } as const;

  it('rises linearly to the peak, then follows half a cosine', () => {
    const rates = Array.from({ length: 12 }, (_, step) => learningRateAt(step, cosine));
    for (const [step, rate] of [0.025, 0.05, 0.075, 0.1].entries()) expect(rates[step]).toBeCloseTo(rate, 12);
    expect(rates[4]).toBeCloseTo(0.1, 12);
    expect(rates[8]).toBeCloseTo(0.05, 12);
    expect(rates[11]).toBeCloseTo(0.05 * (1 + Math.cos((Math.PI * 7) / 8)), 12);
  });

  it('stays at the peak when constant', () => {
    expect(learningRateAt(11, { ...cosine, kind: 'constant' })).toBe(0.1);
  });

  it('warms up over the whole run at most, and needs no warm-up', () => {
    expect(learningRateAt(11, { ...cosine, warmup: 1000 })).toBeCloseTo(0.1, 12);
    expect(learningRateAt(0, { ...cosine, warmup: 0 })).toBe(0.1);
  });
});
