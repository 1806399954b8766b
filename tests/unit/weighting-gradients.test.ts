import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import type { Rng } from '../../src/math/rng';
import {
  gramianFrom,
  gramianOf,
  lengthsOf,
  productsWith,
  type Gramian,
} from '../../src/methods/weighting/gramian';
import { gradNorm, gradNormTargets } from '../../src/methods/weighting/methods/gradnorm';
import { mgda, type MgdaNormaliser } from '../../src/methods/weighting/methods/mgda';
import { pcGrad } from '../../src/methods/weighting/methods/pcgrad';
import { MIN_NORM_TOLERANCE, minNormPoint } from '../../src/methods/weighting/min-norm-point';
import { conflictShare, oppositeSignShare, similarities } from '../../src/methods/weighting/similarity';
import { descend } from '../../src/methods/weighting/weighting-method';
import {
  anyGradients,
  atStep,
  combined,
  difference,
  dot,
  f64,
  gradients,
  gradientZoo,
  gramianZoo,
  norm,
  slopes,
  sum,
} from './weighting-zoo';

/** TorchJD's example: −22 between gradients of squared lengths 18 and 38. */
const CONFLICT = [
  [-4, 1, 1],
  [6, 1, 1],
];

const ones = (tasks: number) => new Float64Array(tasks).fill(1);

const pcWeights = (gramian: Gramian, rng: Rng, epsilon?: number) =>
  pcGrad(epsilon === undefined ? {} : { epsilon }).weigh(ones(gramian.tasks), {}, { epoch: 0, rng, gramian })
    .weights;

/** PCGrad as the paper's algorithm 1 has it, on the gradients themselves. */
function pcGradOn(rows: readonly number[][], rng: Rng, epsilon: number): number[] {
  const projected = rows.map((row, i) => {
    let current = row;
    for (const j of rng.permutation(rows.length)) {
      const other = rows[j] ?? [];
      const along = dot(current, other);
      if (j === i || along >= 0) continue;
      current = current.map(
        (value, at) => value - (along / (dot(other, other) + epsilon)) * (other[at] ?? NaN),
      );
    }
    return current;
  });
  return combined(ones(rows.length), projected);
}

describe('Gramian', () => {
  it('holds all products', () => {
    const { tasks, products } = gramianOf(CONFLICT);
    expect(tasks).toBe(2);
    expect(Array.from(products)).toEqual([18, -22, -22, 38]);
    expect(
      Array.from(
        lengthsOf(
          gramianOf([
            [3, 4],
            [0, 0],
          ]),
        ),
      ),
    ).toEqual([5, 0]);
    expect(Array.from(productsWith(gramianOf(CONFLICT), f64(1, 2)))).toEqual([-26, 54]);
  });

  it('takes the mean of entries that rounding made unequal, and refuses what is no square', () => {
    expect(Array.from(gramianFrom([1, 2, 4, 9]).products)).toEqual([1, 3, 3, 9]);
    for (const wrong of [[], [1, 2], [1, 2, 3]]) expect(() => gramianFrom(wrong)).toThrow(RangeError);
    expect(() => gramianOf([])).toThrow(RangeError);
    expect(() => gramianOf([[1], [1, 2]])).toThrow('1 and 2 parameters');
    expect(Array.from(lengthsOf(gramianFrom([-1e-12])))).toEqual([0]);
    expect(lengthsOf(gramianFrom([NaN]))).toEqual(f64(NaN));
  });
});

describe('PCGrad', () => {
  it('gives TorchJD’s golden values', () => {
    const weights = pcWeights(gramianOf(CONFLICT), createRng(0));
    expect(weights[0]).toBeCloseTo(2.2222, 4);
    expect(weights[1]).toBeCloseTo(1.5789, 4);
    const [x, y, z] = combined(weights, CONFLICT);
    expect(x).toBeCloseTo(0.5848, 4);
    expect(y).toBeCloseTo(3.8012, 4);
    expect(z).toBeCloseTo(3.8012, 4);
  });

  it('from the Gramian is PCGrad on the gradients, in the same random order', () => {
    const check = (rows: number[][], seed: number, epsilon: number) => {
      const update = combined(pcWeights(gramianOf(rows), createRng(seed), epsilon), rows);
      const expected = pcGradOn(rows, createRng(seed), epsilon);
      const longest = Math.max(...rows.map(norm));
      expect(difference(update, expected, longest)).toBeLessThan(1e-9);
    };
    fc.assert(
      fc.property(anyGradients, fc.integer(), fc.constantFrom(0, 1e-8), (rows, seed, epsilon) =>
        check(rows, seed, epsilon),
      ),
      { numRuns: 300 },
    );
  });

  it('depends on the order where three conflict, and only on the stream it is given', () => {
    const gramian = gramianOf(gradients(6, 3));
    const draws = Array.from({ length: 20 }, (_, seed) => pcWeights(gramian, createRng(seed)).join());
    expect(new Set(draws).size).toBeGreaterThan(3);
    expect(pcWeights(gramian, createRng(4)).join()).toBe(draws[4]);
  });

  it('is equal weights without conflict, and at least those with it', () => {
    expect(
      Array.from(
        pcWeights(
          gramianOf([
            [1, 2],
            [2, 1],
            [1, 0],
          ]),
          createRng(1),
        ),
      ),
    ).toEqual([1, 1, 1]);
    for (const [, gramian] of gramianZoo)
      for (const weight of pcWeights(gramian, createRng(1))) expect(weight).toBeGreaterThanOrEqual(1);
  });

  it('of two tasks conflicts with neither, for any scale of either', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -6, max: 6 }), (seed, exponent) => {
        const [a = [], b = []] = gradients(2, 4, `pair ${seed}`);
        const rows = [a, b.map((value) => value * 10 ** exponent)];
        const update = combined(pcWeights(gramianOf(rows), createRng(seed), 0), rows);
        for (const row of rows) expect(dot(update, row) / norm(update) / norm(row)).toBeGreaterThan(-1e-9);
      }),
    );
  });

  it('scales with the gradients: one factor for all leaves the coefficients', () => {
    fc.assert(
      fc.property(anyGradients, fc.integer(), (rows, seed) => {
        const doubled = rows.map((row) => row.map((value) => 1024 * value));
        expect(pcWeights(gramianOf(doubled), createRng(seed), 0)).toEqual(
          pcWeights(gramianOf(rows), createRng(seed), 0),
        );
      }),
    );
  });

  it('lets NaN through', () => {
    const weights = pcWeights(gramianFrom([1, NaN, NaN, 1]), createRng(0));
    expect(weights).toEqual(f64(NaN, NaN));
  });
});

/** Whether x = Σ αₖ gₖ meets the conditions of a shortest vector, as `minNormPoint` promises. */
function expectShortest(gramian: Gramian, alpha: Float64Array): void {
  const along = productsWith(gramian, alpha);
  const square = dot(alpha, along);
  const lengths = lengthsOf(gramian);
  const scale = dot(alpha, lengths);
  for (const [j, value] of along.entries())
    expect(value).toBeGreaterThanOrEqual(
      square - MIN_NORM_TOLERANCE * ((lengths[j] ?? NaN) + Math.sqrt(Math.max(0, square))) * scale,
    );
}

/**
 * The shortest length, another way: a vector r with gₖ·r ≥ |r|² for all k is no longer than any of the hull, and the longest
 * of these is the shortest of the hull. Tries the feet of the planes through all sets of tasks, by Gram–Schmidt.
 */
function shortestByTrying(rows: readonly number[][]): number {
  let best = 0;
  for (let set = 1; set < 2 ** rows.length; set++) {
    const chosen = rows.filter((_, k) => set & (1 << k));
    const [origin = []] = chosen;
    const basis: number[][] = [];
    let rest = origin;
    for (const row of chosen.slice(1)) {
      let edge = row.map((value, i) => value - (origin[i] ?? NaN));
      for (const unit of basis) {
        const along = dot(edge, unit);
        edge = edge.map((value, i) => value - along * (unit[i] ?? NaN));
      }
      const length = norm(edge);
      if (length > 1e-9) basis.push(edge.map((value) => value / length));
    }
    for (const unit of basis) {
      const along = dot(rest, unit);
      rest = rest.map((value, i) => value - along * (unit[i] ?? NaN));
    }
    if (rows.every((row) => dot(row, rest) >= dot(rest, rest) - 1e-9)) best = Math.max(best, norm(rest));
  }
  return best;
}

describe('MGDA', () => {
  it('of two tasks is the formula', () => {
    expect(Array.from(minNormPoint(gramianOf(CONFLICT)))).toEqual([0.6, 0.4]);
    expect(combined(minNormPoint(gramianOf(CONFLICT)), CONFLICT)[0]).toBeCloseTo(0, 14);
    expect(
      Array.from(
        minNormPoint(
          gramianOf([
            [1, 0],
            [3, 1],
          ]),
        ),
      ),
    ).toEqual([1, 0]);
    expect(
      Array.from(
        minNormPoint(
          gramianOf([
            [3, 1],
            [1, 0],
          ]),
        ),
      ),
    ).toEqual([0, 1]);
    expect(
      Array.from(
        minNormPoint(
          gramianOf([
            [1, 2],
            [1, 2],
          ]),
        ),
      ),
    ).toEqual([0.5, 0.5]);
    expect(
      Array.from(
        minNormPoint(
          gramianOf([
            [1, 2],
            [-3, -6],
          ]),
        ),
      ),
    ).toEqual([0.75, 0.25]);
  });

  it('of three tasks worked by hand', () => {
    // The foot of the perpendicular from 0 on the plane x + y + z = 1, and one whose third task is not needed.
    const unit = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    expect(difference(minNormPoint(gramianOf(unit)), [1 / 3, 1 / 3, 1 / 3])).toBeLessThan(1e-14);
    const scaled = [
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 4],
    ]; // weights as 1/length²: 16, 4, 1
    expect(difference(minNormPoint(gramianOf(scaled)), [16 / 21, 4 / 21, 1 / 21])).toBeLessThan(1e-14);
    expect(
      Array.from(
        minNormPoint(
          gramianOf([
            [1, 1],
            [-1, 1],
            [0, 5],
          ]),
        ),
      ),
    ).toEqual([0.5, 0.5, 0]);
  });

  it.each(gramianZoo)('is in the hull and meets its conditions on %s', (name, gramian) => {
    const alpha = minNormPoint(gramian);
    expect(alpha.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(sum(alpha)).toBeCloseTo(1, 12);
    // In float32 it need not be a Gramian, so that the conditions may contradict each other.
    if (!name.endsWith('float32')) expectShortest(gramian, alpha);
  });

  it('of products in float32 is as short as those allow', () => {
    const names = Object.keys(gradientZoo).filter((name) => !/tiny|huge|1e19/.test(name)); // beyond float32
    for (const name of names) {
      const gramian = gramianOf(gradientZoo[name] ?? []);
      const rounded = minNormPoint({ ...gramian, products: gramian.products.map(Math.fround) });
      const square = (alpha: Float64Array) => dot(alpha, productsWith(gramian, alpha));
      // Products err by 2⁻²⁴ of the lengths, |x|² of two candidates by twice that.
      const slack = 2 ** -23 * dot(rounded, lengthsOf(gramian)) ** 2;
      expect(square(rounded)).toBeLessThanOrEqual(square(minNormPoint(gramian)) + slack);
    }
  });

  it('meets its conditions on any gradients', () => {
    fc.assert(
      fc.property(anyGradients, (rows) => {
        const gramian = gramianOf(rows);
        expectShortest(gramian, minNormPoint(gramian));
      }),
      { numRuns: 500 },
    );
  });

  it('is as short as the best of all sets of tasks', () => {
    for (let seed = 0; seed < 60; seed++) {
      const rows = gradients(1 + (seed % 6), 2 + (seed % 4), `try ${seed}`);
      const shift = rows.map((row) => row.map((value, i) => (i === 0 ? value + 1.5 : value))); // away from 0
      for (const any of [rows, shift]) {
        const found = norm(combined(minNormPoint(gramianOf(any)), any));
        expect(Math.abs(found - shortestByTrying(any))).toBeLessThan(1e-6);
      }
    }
  });

  it('the shortest vector, not its coefficients, is the same in any order of the tasks', () => {
    fc.assert(
      fc.property(anyGradients, fc.integer(), (rows, seed) => {
        const order = createRng(seed).permutation(rows.length);
        const moved = Array.from(order, (k) => rows[k] ?? []);
        const longest = Math.max(...rows.map(norm));
        const [a, b] = [rows, moved].map((any) => combined(minNormPoint(gramianOf(any)), any));
        expect(difference(a ?? [], b ?? [], longest)).toBeLessThan(1e-4); // the square is good to 10⁻¹⁰
      }),
    );
  });

  it('is one factor’s for all: scaling all gradients leaves the coefficients', () => {
    for (const rows of Object.values(gradientZoo).slice(0, 14)) {
      const scaled = rows.map((row) => row.map((value) => 2 ** 40 * value));
      expect(minNormPoint(gramianOf(scaled))).toEqual(minNormPoint(gramianOf(rows)));
    }
  });

  it('shares the weight among tasks without a gradient, and lets NaN through', () => {
    expect(
      Array.from(
        minNormPoint(
          gramianOf([
            [1, 2],
            [0, 0],
            [2, 2],
            [0, 0],
          ]),
        ),
      ),
    ).toEqual([0, 0.5, 0, 0.5]);
    expect(minNormPoint(gramianFrom([1, NaN, NaN, 1]))).toEqual(f64(NaN, NaN));
    expect(minNormPoint(gramianFrom([Infinity]))).toEqual(f64(NaN));
  });

  it('normalises by lengths, losses or both', () => {
    const rows = gradients(4, 6);
    const losses = f64(0.5, 2, 30, 0.01);
    const weigh = (any: number[][], normaliser: MgdaNormaliser) =>
      mgda({ normaliser }).weigh(losses, {}, { ...atStep(0), gramian: gramianOf(any) }).weights;
    const divided = (by: (row: number[], k: number) => number) =>
      rows.map((row, k) => row.map((value) => value / by(row, k)));
    const cases: [MgdaNormaliser, (row: number[], k: number) => number][] = [
      ['none', () => 1],
      ['l2', (row) => norm(row)],
      ['loss', (_, k) => losses[k] ?? NaN],
      ['loss+', (row, k) => norm(row) * (losses[k] ?? NaN)],
    ];
    for (const [normaliser, by] of cases)
      expect(difference(weigh(rows, normaliser), weigh(divided(by), 'none'))).toBeLessThan(1e-5);
    expect(new Set(cases.map(([normaliser]) => weigh(rows, normaliser).join())).size).toBe(4);
    for (const [, gramian] of gramianZoo)
      for (const [normaliser] of cases) {
        const { weights } = mgda({ normaliser }).weigh(ones(gramian.tasks), {}, { ...atStep(0), gramian });
        expect(sum(weights)).toBeCloseTo(1, 12);
      }
    // By lengths, the scale of a loss does not matter.
    const scaled = rows.map((row, k) => row.map((value) => value * 10 ** k));
    expect(difference(weigh(scaled, 'l2'), weigh(rows, 'l2'))).toBeLessThan(1e-9);
    expect(difference(weigh(scaled, 'none'), weigh(rows, 'none'))).toBeGreaterThan(0.1);
  });
});

describe('GradNorm', () => {
  const rows = gradients(4, 6).map((row, k) => row.map((value) => (k + 1) * value));
  const gramian = gramianOf(rows);
  const first = f64(1, 2, 0.5, 3);
  const losses = f64(0.7, 0.4, 0.45, 2.9);
  const context = { ...atStep(0), gramian };

  it('begins with equal weights that sum to K and remembers the first losses', () => {
    const method = gradNorm();
    const { weights, state } = method.weigh(first, method.initial(4), context);
    expect(Array.from(weights)).toEqual([1, 1, 1, 1]);
    expect(state.first).toEqual(first);
    expect(method.weigh(losses, state, context).state.first).toEqual(first);
  });

  it('worked by hand for two tasks', () => {
    // |g| = 3, 1; w = 1, 1; mean 2; L/L(0) = 1, 0.5, mean 0.75, r = 4/3, 2/3; α = 1: targets 8/3, 4/3.
    const method = gradNorm({ alpha: 1 });
    const two = {
      ...atStep(0),
      gramian: gramianOf([
        [3, 0],
        [0, 1],
      ]),
    };
    const { objective, gradient } = method.weigh(f64(1, 1), { learned: f64(0, 0), first: f64(1, 2) }, two);
    expect(objective).toBeCloseTo(1 / 3 + 1 / 3, 7);
    // e = (3, −1), mean w e = 1: gradient = (3 − 1, −1 − 1).
    expect(difference(gradient, [2, -2])).toBeLessThan(1e-12);
  });

  it('has the gradient of its objective with the targets held still', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (values, alpha) => {
          const learned = Float64Array.from(values);
          const method = gradNorm({ alpha });
          const lengths = lengthsOf(gramian);
          const lengthsAt = (v: Float64Array) => {
            const exponentials = v.map(Math.exp);
            return v.map((_, k) => (4 * (exponentials[k] ?? NaN) * (lengths[k] ?? NaN)) / sum(exponentials));
          };
          const targets = gradNormTargets(lengthsAt(learned), losses, first, alpha);
          const held = (v: Float64Array) =>
            sum(lengthsAt(v).map((length, k) => Math.abs(length - (targets[k] ?? NaN))));
          const near = lengthsAt(learned).some((length, k) => Math.abs(length - (targets[k] ?? NaN)) < 1e-3);
          fc.pre(!near); // at a kink there is no slope
          const { objective, gradient } = method.weigh(losses, { learned, first }, context);
          expect(objective).toBeCloseTo(held(learned), 10);
          expect(difference(gradient, slopes(held, learned), 1)).toBeLessThan(1e-5);
          expect(sum(gradient)).toBeCloseTo(0, 10); // Σ w = K whatever v
        },
      ),
    );
  });

  it('with α = 0 makes weighted gradients equally long', () => {
    const method = gradNorm({ alpha: 0 });
    let state = method.initial(4);
    for (let step = 0; step < 3000; step++)
      state = descend(method.weigh(losses, state, context), 0.02 / (1 + step / 30));
    const { weights } = method.weigh(losses, state, context);
    const weighted = lengthsOf(gramian).map((length, k) => length * (weights[k] ?? NaN));
    expect(
      difference(
        weighted,
        weighted.map(() => sum(weighted) / 4),
      ),
    ).toBeLessThan(0.02);
    expect(difference(lengthsOf(gramian), weighted)).toBeGreaterThan(0.1); // they were not
  });

  it('pushes the task that trains slowly', () => {
    const method = gradNorm();
    const equal = {
      ...atStep(0),
      gramian: gramianOf([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
    };
    const start = { learned: f64(0, 0, 0), first: f64(1, 1, 1) };
    const { state } = method.weigh(f64(0.9, 0.3, 0.2), start, equal);
    const moved = descend(method.weigh(f64(0.9, 0.3, 0.2), state, equal), 0.1);
    expect(Math.max(...moved.learned)).toBe(moved.learned[0]);
  });

  it('refuses what does not belong together', () => {
    const method = gradNorm();
    expect(() => method.weigh(f64(1, 1), method.initial(2), context)).toThrow('gradients of 4 tasks');
    expect(() => method.weigh(losses, method.initial(3), context)).toThrow('3 tasks and got 4 losses');
  });
});

describe('similarity of gradients', () => {
  it('of a pair worked by hand', () => {
    const [only] = similarities(
      gramianOf([
        [3, 4],
        [0, -10],
      ]),
    );
    expect(only?.pair).toEqual([0, 1]);
    expect(only?.cosine).toBeCloseTo(-0.8, 14);
    expect(only?.magnitude).toBeCloseTo((2 * 5 * 10) / (25 + 100), 14);
  });

  it('stays in range over the zoo, and is null only where a gradient is 0', () => {
    for (const [, gramian] of gramianZoo) {
      const lengths = lengthsOf(gramian);
      const pairs = similarities(gramian);
      expect(pairs).toHaveLength((gramian.tasks * (gramian.tasks - 1)) / 2);
      for (const { pair, cosine, magnitude } of pairs) {
        const [a, b] = pair.map((k) => lengths[k] === 0);
        expect(cosine === null).toBe(a === true || b === true);
        expect(magnitude === null).toBe(a === true && b === true);
        if (cosine !== null) expect(Math.abs(cosine)).toBeLessThanOrEqual(1);
        if (cosine !== null) expect(magnitude).toBeGreaterThan(0);
        if (magnitude !== null) expect(magnitude).toBeLessThanOrEqual(1);
      }
    }
  });

  it('magnitudes are 1 for equal lengths, and no scale changes a cosine', () => {
    fc.assert(
      fc.property(anyGradients, (rows) => {
        const scaled = rows.map((row, k) => row.map((value) => value * 4 ** k));
        const [before, after] = [similarities(gramianOf(rows)), similarities(gramianOf(scaled))];
        for (const [at, { cosine }] of before.entries())
          expect(after[at]?.cosine).toBeCloseTo(cosine ?? NaN, 12);
        const unit = rows.map((row) => row.map((value) => value / norm(row)));
        for (const { magnitude } of similarities(gramianOf(unit))) expect(magnitude).toBeCloseTo(1, 12);
      }),
    );
    const magnitude = (a: number, b: number) => similarities(gramianOf([[a], [b]]))[0]?.magnitude;
    expect(magnitude(1, 100)).toBeCloseTo(200 / 10001, 14);
    expect(magnitude(100, 1)).toBe(magnitude(1, 100));
    expect(magnitude(1e-80, 1e70)).toBeCloseTo(0, 14);
    expect(magnitude(0, 1)).toBe(0);
  });

  it('conflict share counts pairs whose cosine is negative, of those that have one', () => {
    const share = (rows: number[][]) => conflictShare(similarities(gramianOf(rows)));
    expect(
      share([
        [1, 0],
        [-1, 0],
        [0, 1],
      ]),
    ).toBeCloseTo(1 / 3, 14); // a right angle is no conflict
    expect(
      share([
        [1, 0],
        [-1, 0],
        [0, 0],
      ]),
    ).toBe(1);
    expect(share([[1, 2]])).toBeNull();
    expect(
      share([
        [0, 0],
        [1, 2],
      ]),
    ).toBeNull();
    expect(conflictShare(similarities(gramianFrom([1, NaN, NaN, 1])))).toBeNaN();
  });

  it('opposite signs are counted entry by entry; 0 has none', () => {
    expect(oppositeSignShare([1, -2, 0, 3], [-1, -1, 5, 4])).toBe(0.25);
    expect(oppositeSignShare([1e-200, -1], [-1e-200, 1])).toBe(1); // whose products vanish
    expect(oppositeSignShare([1, NaN], [1, 1])).toBeNaN();
    expect(() => oppositeSignShare([], [])).toThrow(RangeError);
    expect(() => oppositeSignShare([1], [1, 2])).toThrow('1 and 2 parameters');
  });
});
