import { describe, expect, it } from 'vitest';
import { firstReaching, reach, speedUp, speedUpOverSeeds, type CurvePoint } from '../../src/math/speed-up';

const curve = (...points: [number, number][]): CurvePoint[] => points.map(([x, y]) => ({ x, y }));

describe('where a curve first reaches a level', () => {
  const rising = curve([1, 0.5], [2, 0.7], [4, 0.8], [6, 0.75], [8, 0.9]);

  it('lies on the line between two points', () => {
    expect(firstReaching(rising, 0.6)).toBeCloseTo(1.5, 12);
    expect(firstReaching(rising, 0.75)).toBeCloseTo(3, 12);
    expect(firstReaching(rising, 0.85)).toBeCloseTo(6 + 4 / 3, 12);
  });

  it('is the point itself where it has that value, and the first one where it is above from the start', () => {
    expect(firstReaching(rising, 0.7)).toBe(2);
    expect(firstReaching(rising, 0.8)).toBe(4); // not where it comes back to it
    expect(firstReaching(rising, 0.2)).toBe(1);
  });

  it('is nowhere for a level never reached, an empty curve and what is not a number', () => {
    expect(firstReaching(rising, 0.91)).toBeNull();
    expect(firstReaching([], 0)).toBeNull();
    expect(firstReaching(curve([1, NaN], [2, NaN]), 0.5)).toBeNull();
    expect(firstReaching(rising, NaN)).toBeNull();
  });
});

describe('the speed-up', () => {
  const baseline = curve([2, 0.5], [4, 0.7], [8, 0.8]);

  it('is the ratio of epochs at the baseline’s final value', () => {
    expect(speedUp(baseline, curve([2, 0.6], [4, 0.8], [8, 0.85]))).toBe(2);
    expect(speedUp(baseline, curve([2, 0.6], [6, 0.85]))).toBeCloseTo(8 / (2 + 4 * 0.8), 12);
    expect(speedUp(baseline, baseline)).toBe(1);
  });

  it('is unknown where the method is never as good', () => {
    expect(speedUp(baseline, curve([2, 0.6], [8, 0.79]))).toBeNull();
    expect(speedUp([], baseline)).toBeNull();
  });

  it('says where, and whether the method was there from its first point on', () => {
    const sooner = curve([2, 0.6], [4, 0.8], [8, 0.85]);
    expect(reach(baseline, sooner)).toEqual({ level: 0.8, from: 4, to: 8, atFirst: false });
    expect(reach(baseline, sooner.slice(1))).toEqual({ level: 0.8, from: 4, to: 8, atFirst: true });
    expect(reach(baseline, [])).toBeNull();
  });

  it('is no number where the method is there before any training', () => {
    expect(speedUp(baseline, curve([0, 0.9]))).toBeNull();
    expect(speedUpOverSeeds([{ baseline, method: curve([0, 0.9]) }], 0.95)).toBeNull();
  });

  it('may be below 1 where the method was trained for longer', () => {
    expect(speedUp(baseline, curve([8, 0.7], [16, 0.8]))).toBe(0.5);
  });
});

describe('the speed-up over seeds', () => {
  const pair = (factor: number) => ({
    baseline: curve([1, 0.1], [8, 0.8]),
    method: curve([0.5, 0.1], [8 / factor, 0.8], [9, 0.9]),
  });

  it('is the geometric mean, with an interval in proportion', () => {
    const found = speedUpOverSeeds([pair(1), pair(4)], 0.95);
    expect(found?.factor).toBeCloseTo(2, 12);
    const [low = NaN, high = NaN] = found?.interval ?? [];
    expect(low * high).toBeCloseTo(4, 8);
    // t of one degree of freedom is 12.7062; the deviation of ln 1 and ln 4 is ln 4 / √2.
    expect(Math.log(high / 2)).toBeCloseTo((12.7062047 * Math.log(4)) / 2, 4);
  });

  it('is the ratio of its bracket’s ends, at the mean of the levels', () => {
    const lower = { baseline: curve([1, 0.1], [4, 0.6]), method: curve([0.5, 0.1], [1, 0.6]) };
    const found = speedUpOverSeeds([pair(2), lower], 0.95);
    expect(found?.atLeast).toBe(false);
    expect((found?.interval?.[0] ?? NaN) * (found?.interval?.[1] ?? NaN)).toBeCloseTo(8, 8);
    expect(found?.from).toBeCloseTo(2, 12); // of 4 and 1
    expect(found?.to).toBeCloseTo(Math.sqrt(32), 12); // of 8 and 4
    expect(found?.factor).toBeCloseTo(Math.sqrt(8), 12);
    expect(found?.level).toBeCloseTo(0.7, 12);
  });

  it('is a bound without an interval where a method was there at once', () => {
    const bound = { baseline: curve([8, 0.8]), method: curve([2, 0.9]) };
    expect(speedUpOverSeeds([pair(2), bound], 0.95)).toMatchObject({
      atLeast: true,
      interval: null,
    });
  });

  it('has no interval for one seed, and is unknown where one seed has none', () => {
    expect(speedUpOverSeeds([pair(2)], 0.95)).toMatchObject({ factor: 2, interval: null });
    const never = { baseline: curve([8, 0.8]), method: curve([8, 0.7]) };
    expect(speedUpOverSeeds([pair(2), never], 0.95)).toBeNull();
    expect(speedUpOverSeeds([], 0.95)).toBeNull();
  });
});
