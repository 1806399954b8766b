import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import type { Rng } from '../../src/math/rng';
import { judge, type TestedClaim, type Verdict } from '../../src/run/verdict';

const claim = (
  differences: number[],
  margin = 0.01,
  direction: 'higher' | 'lower' = 'higher',
): TestedClaim => ({
  claim: { direction, margin },
  differences,
  begun: true,
});

function verdictOn(one: TestedClaim): Verdict {
  const [verdict] = judge([one]);
  if (!verdict) throw new Error('no verdict');
  return verdict;
}

describe('a verdict on one claim', () => {
  test('is told by where the interval lies', () => {
    for (const [differences, state, finding] of [
      [[0.03, 0.031, 0.029], 'supported', 'better'],
      [[-0.03, -0.031, -0.029], 'not supported', 'worse'],
      [[0.001, -0.001, 0.0005], 'not supported', 'no practical difference'],
      [[-0.008, -0.012, -0.01], 'not supported', 'not better'],
      [[0.03, -0.031, 0.02], 'undecided', 'open'],
    ] as const) {
      const verdict = verdictOn(claim([...differences]));
      expect(verdict).toMatchObject({ state, finding, n: 3, level: 0.95, family: 1 });
      const [low, high] = verdict.interval ?? [NaN, NaN];
      expect(low > 0.01).toBe(state === 'supported');
      expect(high <= 0.01).toBe(state === 'not supported');
      expect(verdict.more > 0).toBe(state === 'undecided');
      expect((verdict.test?.adjusted ?? 1) <= 0.05).toBe(state !== 'undecided');
    }
  });

  test('turns round for a claim that says lower', () => {
    const values = [0.03, 0.05, 0.028, 0.02];
    const [up, down] = [
      verdictOn(claim(values)),
      verdictOn(
        claim(
          values.map((d) => -d),
          0.01,
          'lower',
        ),
      ),
    ];
    expect(down).toMatchObject({ state: up.state, finding: up.finding, test: up.test, ranks: up.ranks });
    expect(down.mean).toBeCloseTo(-up.mean, 15);
    expect(down.interval).toEqual(up.interval?.map((end) => -end).reverse());
    expect(verdictOn(claim([-0.03, -0.031, -0.029])).finding).toBe('worse');
    expect(verdictOn(claim([-0.03, -0.031, -0.029], 0.01, 'lower')).finding).toBe('better');
  });

  test('counts the margin: better than nothing is not enough', () => {
    const slight = [0.004, 0.005, 0.0045, 0.0055];
    expect(verdictOn(claim(slight, 0)).state).toBe('supported');
    expect(verdictOn(claim(slight, 0.01)).finding).toBe('no practical difference');
  });

  test('has no interval of one pair, of equal differences and of none', () => {
    expect(verdictOn(claim([0.3]))).toMatchObject({
      ...{ state: 'undecided', finding: 'one pair', interval: null, test: null, more: 1, mean: 0.3 },
    });
    expect(verdictOn(claim([0.3, 0.3]))).toMatchObject({
      ...{ state: 'undecided', finding: 'no spread', interval: null, test: null, more: 1 },
    });
    expect(verdictOn(claim([]))).toMatchObject({ state: 'undecided', finding: 'no pair', more: 2 });
    expect(verdictOn({ ...claim([]), begun: false })).toMatchObject({ state: 'not run', more: 2, mean: NaN });
  });

  test('says how many more seeds, or that they are too many', () => {
    // s = 0.01, distance 0.02 from the margin: t ∕ √n is 1.59 at 4 pairs and 2.48 at 3, against 2.
    const found = verdictOn(claim([0.02, 0.03, 0.04].slice(0, 2).concat(0.04)));
    expect(found).toMatchObject({ finding: 'open', more: 1 });
    expect(verdictOn(claim([0.0111, -0.03, 0.05])).more).toBe(Infinity);
    expect(verdictOn(claim([0.0111, -0.03, 0.05], 0.9)).more).toBe(0);
  });
});

describe('verdicts on several claims', () => {
  const sure = [0.05, 0.051, 0.049, 0.0505];
  const likely = [0.05, 0.07, 0.04, 0.02]; // t is 3.36 and p 0.044 by itself

  test('share the chance of an error by Holm’s steps', () => {
    expect(verdictOn(claim(likely)).state).toBe('supported');
    const [first, second] = judge([claim(likely), claim([0.03, -0.03, 0.01, 0.02])]);
    expect(first).toMatchObject({ state: 'undecided', level: 0.975, family: 2 });
    expect(first?.test?.adjusted).toBeCloseTo(2 * (first?.test?.p ?? NaN), 12);
    expect(second).toMatchObject({ state: 'undecided', level: 0.975 });
    // Beside one that is surer the second is held against 0.05 again.
    const [other, one] = judge([claim(likely), claim(sure)]);
    expect(one).toMatchObject({ state: 'supported', level: 0.975 });
    expect(other).toMatchObject({ state: 'supported', level: 0.95 });
  });

  test('directions are decided apart: one that falls does not help one that rises', () => {
    const [up, down] = judge([claim(likely), claim(sure.map((d) => -d))]);
    expect(up).toMatchObject({ state: 'undecided', level: 0.975 });
    expect(down).toMatchObject({ state: 'not supported', finding: 'worse', level: 0.975 });
  });

  test('a claim without pairs is one of the family, since it is tested next', () => {
    const [up, none] = judge([claim(likely), claim([])]);
    expect(up).toMatchObject({ state: 'undecided', level: 0.975, family: 2 });
    expect(none).toMatchObject({ finding: 'no pair', level: 0.975 });
  });

  test('intervals agree with the verdicts, whatever the values', () => {
    const rng = createRng(3);
    for (let trial = 0; trial < 500; trial++) {
      const family = Array.from({ length: 1 + rng.below(4) }, () => {
        const [effect, n] = [0.03 * rng.normal(), 2 + rng.below(5)];
        return claim(
          Array.from({ length: n }, () => effect + 0.01 * rng.normal()),
          rng.below(2) * 0.005,
          rng.below(2) === 0 ? 'higher' : 'lower',
        );
      });
      for (const [i, { state, interval, more }] of judge(family).entries()) {
        const { direction = 'higher', margin = 0 } = family[i]?.claim ?? {};
        const [low = NaN, high = NaN] = interval ?? [];
        const [from, to] = direction === 'higher' ? [low, high] : [-high, -low];
        expect(state).toBe(from > margin ? 'supported' : to <= margin ? 'not supported' : 'undecided');
        expect(more > 0).toBe(state === 'undecided');
      }
    }
  });
});

/** Seeds of three claims whose true differences are all the margin, and whose tests share the method's runs. */
function pairsAtTheMargin(rng: Rng, n: number): number[][] {
  const method = Array.from({ length: n }, () => rng.normal());
  return [0, 1, 2].map(() => method.map((one) => 0.01 + 0.01 * (one + rng.normal())));
}
const isDecided = ({ state }: Verdict) => state === 'supported' || state === 'not supported';

describe('errors, simulated', () => {
  const trials = 2000;
  const slack = 3 * Math.sqrt((0.05 * 0.95) / trials);

  test.each([3, 5])('of %i seeds: a wrong verdict on any of three claims in at most 5 %% of pages', (n) => {
    const rng = createRng(n);
    let wrong = 0;
    for (let trial = 0; trial < trials; trial++)
      if (judge(pairsAtTheMargin(rng, n).map((differences) => claim(differences))).some(isDecided)) wrong++;
    expect(wrong / trials).toBeLessThan(0.05 + slack);
    expect(wrong / trials).toBeGreaterThan(0.02);
  });

  test('adding seeds until a verdict falls errs in one case of four, as the page says', () => {
    const rng = createRng(11);
    let wrong = 0;
    for (let trial = 0; trial < trials; trial++) {
      const differences = Array.from({ length: 20 }, () => 0.01 + 0.01 * rng.normal());
      const stops = (n: number) => judge([claim(differences.slice(0, n))]).some(isDecided);
      if (Array.from({ length: 19 }, (_, i) => i + 2).some(stops)) wrong++;
    }
    expect(wrong / trials).toBeGreaterThan(0.22);
    expect(wrong / trials).toBeLessThan(0.29);
  });
});
