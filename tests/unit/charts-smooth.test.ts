import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ema, smooth } from '../../src/ui/charts/smooth';

const weight = fc.double({ min: 0, max: 0.999, noNaN: true });
/** Without −0, which an average does not tell from 0. */
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0);
const values = fc.array(finite, { minLength: 1, maxLength: 50 });

describe('exponential moving average', () => {
  test('divides by 1 − sⁿ', () => {
    const smoothed = smooth(Float64Array.of(1, 3, 5), 0.5);
    expect(smoothed[0]).toBe(1);
    expect(smoothed[1]).toBeCloseTo((0.25 * 1 + 0.5 * 3) / 0.75, 12);
    expect(smoothed[2]).toBeCloseTo((0.125 * 1 + 0.25 * 3 + 0.5 * 5) / 0.875, 12);
  });

  test('with weight 0 changes nothing', () => {
    fc.assert(
      fc.property(values, (list) => {
        expect([...smooth(Float64Array.from(list), 0)]).toEqual(list);
      }),
    );
  });

  test('stays within the values seen so far', () => {
    fc.assert(
      fc.property(values, weight, (list, s) => {
        smooth(Float64Array.from(list), s).forEach((value, i) => {
          const seen = list.slice(0, i + 1);
          expect(value).toBeGreaterThanOrEqual(Math.min(...seen));
          expect(value).toBeLessThanOrEqual(Math.max(...seen));
        });
      }),
    );
  });

  test('leaves a constant series as it is, on both axes', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), weight, fc.boolean(), (value, s, log) => {
        const constant = new Float64Array(20).fill(value);
        expect([...smooth(constant, s, log)]).toEqual([...constant]);
      }),
    );
  });

  test('passes gaps through and goes on as if they were not there', () => {
    const gaps = smooth(Float64Array.of(1, NaN, 3, Infinity, 5), 0.6);
    const whole = smooth(Float64Array.of(1, 3, 5), 0.6);
    expect(gaps[1]).toBeNaN();
    expect(gaps[3]).toBe(Infinity);
    expect([gaps[0], gaps[2], gaps[4]]).toEqual([...whole]);
  });

  test('in log space is the average of the logarithms, and not-positive values are gaps', () => {
    const smoothed = smooth(Float64Array.of(1, -2, 100, 0), 0.5, true);
    expect(smoothed[2]).toBeCloseTo(Math.exp((0.5 * Math.log(100)) / 0.75), 9);
    expect([smoothed[1], smoothed[3]]).toEqual([-2, 0]);
  });

  test('a growing column gives what the finished one gives', () => {
    fc.assert(
      fc.property(values, weight, fc.nat(50), (list, s, cut) => {
        const column = Float64Array.from(list);
        const ema = new Ema(s, false);
        ema.extend(column, Math.min(cut, list.length));
        expect([...ema.extend(column, list.length)]).toEqual([...smooth(column, s)]);
      }),
    );
  });

  test('starts afresh with another column', () => {
    const ema = new Ema(0.9, false);
    ema.extend(Float64Array.of(100, 100), 2);
    expect(ema.extend(Float64Array.of(1, 1, 1), 3)).toEqual(Float64Array.of(1, 1, 1));
  });
});
