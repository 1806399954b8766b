import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holm } from '../../src/math/holm';
import { createRng } from '../../src/math/philox-rng';

const adjusted = (p: readonly number[]) => holm(p, 0.05).map((step) => step.adjusted);

/** By its definition: a hypothesis falls where every set of hypotheses that it is in falls to Bonferroni. */
function byClosure(p: readonly number[]): number[] {
  return p.map((_own, i) => {
    let worst = 0;
    for (let set = 0; set < 2 ** p.length; set++) {
      if (((set >> i) & 1) === 0) continue;
      const members = p.filter((_p, k) => (set >> k) & 1);
      worst = Math.max(worst, Math.min(1, members.length * Math.min(...members)));
    }
    return worst;
  });
}

describe('Holm’s procedure', () => {
  test('worked by hand', () => {
    // 4 × 0.005, 3 × 0.011, 2 × 0.02, 1 × 0.04; the last two are as large.
    const found = adjusted([0.04, 0.005, 0.02, 0.011]);
    for (const [i, p] of [0.04, 0.02, 0.04, 0.033].entries()) expect(found[i]).toBeCloseTo(p, 12);
    for (const [i, p] of [0.04, 0.06, 0.06, 0.06].entries())
      expect(adjusted([0.01, 0.02, 0.03, 0.04])[i]).toBeCloseTo(p, 12);
    expect(adjusted([0.03])).toEqual([0.03]);
    expect(adjusted([])).toEqual([]);
  });

  test('closes Bonferroni’s test', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 7 }),
        (p) => {
          const truth = byClosure(p);
          for (const [i, found] of adjusted(p).entries()) expect(found).toBeCloseTo(truth[i] ?? NaN, 12);
        },
      ),
      { seed: 8 },
    );
  });

  test('rejects exactly where p is at most α over the divisor', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (p) => {
          for (const [i, step] of holm(p, 0.05).entries())
            expect((p[i] ?? NaN) * step.divisor <= 0.05).toBe(step.adjusted <= 0.05);
        },
      ),
      { seed: 9 },
    );
    expect(holm([0.001, 0.5, 0.02], 0.05).map(({ divisor }) => divisor)).toEqual([3, 1, 2]);
    expect(holm([0.001, 0.5, 0.04], 0.05).map(({ divisor }) => divisor)).toEqual([3, 2, 2]); // stands at the second
  });

  test('simulated: any true hypothesis falls with at most α', () => {
    const rng = createRng(4);
    const trials = 4000;
    let wrong = 0;
    for (let trial = 0; trial < trials; trial++) {
      const p = [rng.uniform(), rng.uniform(), rng.uniform(), 1e-4 * rng.uniform()]; // the last one is false
      if (
        adjusted(p)
          .slice(0, 3)
          .some((one) => one <= 0.05)
      )
        wrong++;
    }
    expect(wrong / trials).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials));
    expect(wrong / trials).toBeGreaterThan(0.035); // 1 − (1 − 0.05 ∕ 3)³ = 0.049: it is not wasteful either
  });
});
