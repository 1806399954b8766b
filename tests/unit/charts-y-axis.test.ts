import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { YDomain, drawableExtent, niceDomain, type Domain } from '../../src/ui/charts/y-scale';
import { yTicks } from '../../src/ui/charts/y-ticks';

const range = fc
  .tuple(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.double({ min: 1e-6, max: 1e9, noNaN: true }))
  .map(([low, span]): Domain => [low, low + span]);
const positive = fc
  .tuple(fc.double({ min: -9, max: 6, noNaN: true }), fc.double({ min: 0.001, max: 12, noNaN: true }))
  .map(([exponent, decades]): Domain => [10 ** exponent, 10 ** (exponent + decades)]);

const following = { fixed: undefined, log: false };

describe('round range', () => {
  test('holds the data', () => {
    const holds = (log: boolean) => (data: Domain) => {
      const [low, high] = niceDomain(data, log);
      expect(low).toBeLessThanOrEqual(data[0]);
      expect(high).toBeGreaterThanOrEqual(data[1]);
      expect(log ? low : 1).toBeGreaterThan(0);
    };
    fc.assert(fc.property(range, holds(false)));
    fc.assert(fc.property(positive, holds(true)));
  });

  test('is made of 1, 2 and 5 on a log axis', () => {
    expect(niceDomain([0.13, 2.3], true)).toEqual([0.1, 5]);
    expect(niceDomain([3e-7, 0.8], true)).toEqual([2e-7, 1]);
  });

  test('opens around a constant', () => {
    const [low, high] = niceDomain([2, 2], false);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(2);
    expect(niceDomain([0, 0], false)).toEqual([-1, 1]);
    expect(niceDomain([3, 3], true)[0]).toBeGreaterThan(0);
  });
});

describe('domain policy', () => {
  test('is the natural bounds where there are some', () => {
    const wish = { extent: [0.2, 0.4] as const, fixed: [0, 1] as const, live: true };
    expect(new YDomain().next({ ...wish, log: false })).toEqual([0, 1]);
    expect(new YDomain().next({ ...wish, log: true })).toEqual([0.2, 0.4]);
  });

  test('only widens while a line is live', () => {
    fc.assert(
      fc.property(fc.array(range, { minLength: 2, maxLength: 8 }), (extents) => {
        const axis = new YDomain();
        let before: Domain | undefined;
        for (const extent of extents) {
          const shown = axis.next({ ...following, extent, live: true });
          expect(shown[0]).toBeLessThanOrEqual(Math.min(before?.[0] ?? Infinity, extent[0]));
          expect(shown[1]).toBeGreaterThanOrEqual(Math.max(before?.[1] ?? -Infinity, extent[1]));
          before = shown;
        }
      }),
    );
  });

  test('keeps still while the data stay within', () => {
    const axis = new YDomain();
    const wide = axis.next({ ...following, extent: [0, 9.7], live: true });
    expect(axis.next({ ...following, extent: [4, 5], live: true })).toBe(wide);
  });

  test('fits again when no line is live', () => {
    const axis = new YDomain();
    axis.next({ ...following, extent: [0, 100], live: true });
    expect(axis.next({ ...following, extent: [4, 5], live: false })).toEqual(niceDomain([4, 5], false));
  });

  test('forgets when the axis changes to log, and when the lines are gone', () => {
    const axis = new YDomain();
    axis.next({ ...following, extent: [-5, 100], live: true });
    expect(axis.next({ fixed: undefined, extent: [1, 100], log: true, live: true })).toEqual([1, 100]);
    axis.next({ ...following, extent: null, live: true });
    expect(axis.next({ ...following, extent: [4, 5], live: true })).toEqual([4, 5]);
  });
});

test('the extent ignores what cannot be drawn', () => {
  const columns = [
    { y: Float64Array.of(NaN, 3, Infinity, 1e9), length: 3 },
    { y: Float64Array.of(-2, -Infinity, 0.5), length: 3 },
  ];
  expect(drawableExtent(columns, false)).toEqual([-2, 3]);
  expect(drawableExtent(columns, true)).toEqual([0.5, 3]);
  expect(drawableExtent([{ y: Float64Array.of(NaN), length: 1 }], false)).toBeNull();
});

describe('ticks', () => {
  test('are written where a low chart has room for one alone', () => {
    const labels = (domain: Domain, unit: string, most: number) =>
      yTicks(domain, false, unit, most).map(({ label }) => label);
    expect(labels([0.6, 1.3], '', 3)).toEqual(['1']);
    expect(labels([-0.4, 0.4], '%', 1)).toEqual(labels([-0.4, 0.4], '%', 3));
    for (const unit of ['', '%', 'ms'])
      fc.assert(
        fc.property(range, fc.integer({ min: 1, max: 7 }), (data, most) => {
          for (const label of labels(niceDomain(data, false), unit, most))
            expect(label).not.toMatch(/NaN|undefined/);
        }),
      );
  });

  test('are three to seven, within the range, and written differently', () => {
    const readable = (log: boolean) => (data: Domain) => {
      const domain = niceDomain(data, log);
      const ticks = yTicks(domain, log, '', 7);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      for (const { value } of ticks) {
        expect(value).toBeGreaterThanOrEqual(domain[0]);
        expect(value).toBeLessThanOrEqual(domain[1]);
      }
    };
    fc.assert(fc.property(range, readable(false)));
    fc.assert(fc.property(positive, readable(true)), { numRuns: 500 });
  });

  const labels = (domain: Domain, log: boolean, unit = '', most = 7) =>
    yTicks(domain, log, unit, most).map(({ label }) => label);

  test('of fractions are written in per cent', () => {
    expect(labels([0, 1], false, '%')).toEqual(['0%', '20%', '40%', '60%', '80%', '100%']);
  });

  test('of a log axis are 1, 2, 5, or decades when it is long', () => {
    expect(labels([0.1, 5], true)).toEqual(['0.1', '0.2', '0.5', '1', '2', '5']);
    expect(labels([1e-6, 1], true, '', 4)).toEqual(['1e-6', '1e-4', '1e-2', '1']);
  });

  test('of a low chart are fewer', () => {
    expect(labels([0, 1], false, '%', 3)).toEqual(['0%', '50%', '100%']);
  });
});
