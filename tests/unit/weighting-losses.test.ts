import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { inverseOf, weightedLoss, weightedShares } from '../../src/methods/weighting/losses';
import { dwa, dwaWeights } from '../../src/methods/weighting/methods/dwa';
import { ew } from '../../src/methods/weighting/methods/ew';
import { gls } from '../../src/methods/weighting/methods/gls';
import { imtlL } from '../../src/methods/weighting/methods/imtl-l';
import { rlw } from '../../src/methods/weighting/methods/rlw';
import { scalarization } from '../../src/methods/weighting/methods/scalarization';
import { uw } from '../../src/methods/weighting/methods/uw';
import { uwO } from '../../src/methods/weighting/methods/uw-o';
import { temperaturesFor, uwSo } from '../../src/methods/weighting/methods/uw-so';
import { softmax } from '../../src/methods/weighting/softmax';
import {
  descend,
  type LossWeighting,
  type WeightingState,
} from '../../src/methods/weighting/weighting-method';
import {
  anyLosses,
  atStep,
  combined,
  commonLosses,
  difference,
  f64,
  gradients,
  slopes,
  sum,
} from './weighting-zoo';

/** The specification's worked losses. */
const LOSSES = f64(2, 0.5, 1);
const DIGITS = 6;

const expectClose = (actual: ArrayLike<number>, expected: readonly number[], digits = DIGITS) => {
  expect(actual).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(actual[k]).toBeCloseTo(value, digits);
};

/** The weights of a method that keeps nothing. */
const weights = <State extends WeightingState>(method: LossWeighting<State>, losses: Float64Array) =>
  method.weigh(losses, method.initial(losses.length), atStep(0)).weights;

const uwSoWeights = (losses: Float64Array, temperature: number, epsilon?: number) =>
  weights(uwSo(epsilon === undefined ? { temperature } : { temperature, epsilon }), losses);

/** Makes losses of parameters: positive, smooth, and none moves as another does. Their gradients are worked by hand. */
const lossesAt = (theta: Float64Array, tasks: number): Float64Array =>
  Float64Array.from({ length: tasks }, (_, k) =>
    theta.reduce((total, value, i) => total + (0.3 + k) * (value - Math.sin(k + i)) ** 2, 0.1 + 0.2 * k),
  );
const lossGradientsAt = (theta: Float64Array, tasks: number): number[][] =>
  Array.from({ length: tasks }, (_, k) =>
    Array.from(theta, (value, i) => 2 * (0.3 + k) * (value - Math.sin(k + i))),
  );
const anyTheta = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 4 })
  .map((theta) => Float64Array.from(theta));
const anyTasks = fc.integer({ min: 1, max: 6 });

describe('the worked fixture L = (2, 0.5, 1)', () => {
  it('UW-O', () => {
    expectClose(weights(uwO(), LOSSES), [0.5, 2, 1]);
    expect(weightedLoss(weights(uwO(), LOSSES), LOSSES)).toBeCloseTo(3, DIGITS);
  });

  it.each([
    [0.5, [0.04201, 0.843795, 0.114195]],
    [1, [0.140244, 0.628532, 0.231224]],
    [2, [0.22722, 0.481024, 0.291756]],
    [5, [0.289433, 0.390694, 0.319873]],
    [20, [0.322248, 0.347346, 0.330406]],
  ])('UW-SO at T = %f', (temperature, expected) => expectClose(uwSoWeights(LOSSES, temperature), expected));

  it('UW-SO: losses, and the flat limit', () => {
    expect(weightedLoss(uwSoWeights(LOSSES, 1), LOSSES)).toBeCloseTo(0.825979, DIGITS);
    expectClose(uwSoWeights(LOSSES, 1e6), [1 / 3, 1 / 3, 1 / 3]);
    // At T = 10⁶ it is 1.1666663; the specification prints the limit, 7/6.
    expect(weightedLoss(uwSoWeights(LOSSES, 1e6), LOSSES)).toBeCloseTo(1.166667, 5);
    expect(weightedLoss(uwSoWeights(LOSSES, Infinity), LOSSES)).toBeCloseTo(1.166667, DIGITS);
  });

  it('UW at s = −0.5 and s = 0', () => {
    const method = uw();
    const start = method.weigh(LOSSES, method.initial(3), atStep(0));
    expectClose(start.weights, [0.824361, 0.824361, 0.824361]);
    expect(start.objective).toBeCloseTo(2.135262, DIGITS);
    expectClose(start.gradient, [-1.148721, 0.08782, -0.324361]);
    const zero = uw({ initial: 0 });
    const { objective, gradient } = zero.weigh(LOSSES, zero.initial(3), atStep(0));
    expect(objective).toBe(1.75);
    expect(Array.from(gradient)).toEqual([-0.5, 0.25, 0]);
  });

  it('DWA', () => {
    const expected = [1.011505, 1.117885, 0.87061];
    expectClose(dwaWeights(f64(2, 0.5, 1), f64(2.5, 0.5, 2), 2), expected);
  });

  it('GLS', () => {
    const w = weights(gls(), LOSSES);
    expectClose(w, [1 / 6, 2 / 3, 1 / 3]);
    expect(weightedLoss(w, LOSSES)).toBeCloseTo(1, DIGITS);
  });

  it('IMTL-L at s = 0 and at its optimum', () => {
    const start = imtlL.weigh(LOSSES, imtlL.initial(3), atStep(0));
    expect(start.objective).toBe(3.5);
    expect(Array.from(start.gradient)).toEqual([1, -0.5, 0]);
    expect(Array.from(start.weights)).toEqual([1, 1, 1]);
    const optimum = imtlL.weigh(LOSSES, { learned: f64(-0.693147, 0.693147, 0) }, atStep(0));
    expectClose(optimum.gradient, [0, 0, 0]);
    expectClose(optimum.weights, [0.5, 2, 1]);
  });
});

describe('EW', () => {
  it('is 1 for each, not 1/K', () => {
    expect(Array.from(weights(ew, LOSSES))).toEqual([1, 1, 1]);
    expect(weightedLoss(weights(ew, LOSSES), LOSSES)).toBe(3.5);
  });
});

describe('Scalarization', () => {
  it('divides the given weights by their sum, whatever the losses', () => {
    const method = scalarization([8, 1, 1]);
    expectClose(weights(method, LOSSES), [0.8, 0.1, 0.1], 15);
    expect(weights(method, f64(1e-6, 1e4, 3))).toEqual(weights(method, LOSSES));
    expectClose(weights(scalarization([0, 5]), f64(1, 1)), [0, 1], 15);
  });

  it('refuses weights that are none, and another number of tasks', () => {
    for (const wrong of [[], [0, 0], [1, -1, 3], [NaN, 1], [Infinity, 1]])
      expect(() => scalarization(wrong)).toThrow(RangeError);
    expect(() => weights(scalarization([1, 1]), LOSSES)).toThrow('2 weights and got 3 losses');
  });

  it('gives weights that cannot be changed through what it returned', () => {
    const method = scalarization([1, 3]);
    weights(method, f64(1, 1)).fill(7);
    expectClose(weights(method, f64(1, 1)), [0.25, 0.75], 15);
  });
});

describe('RLW', () => {
  it('is the softmax of the step’s normal numbers, alike for the same step and other for the next', () => {
    const { rng } = atStep(3);
    const z = f64(rng.normal(), rng.normal(), rng.normal());
    const draw = (step: number) => rlw.weigh(LOSSES, {}, atStep(step)).weights;
    expect(draw(3)).toEqual(softmax(z));
    expect(draw(3)).toEqual(draw(3));
    expect(draw(4)).not.toEqual(draw(3));
  });

  it('averages to 1/K', () => {
    const draws = 4000;
    const means = new Float64Array(3);
    for (let step = 0; step < draws; step++)
      for (const [k, weight] of rlw.weigh(LOSSES, {}, atStep(step)).weights.entries())
        means[k] = (means[k] ?? NaN) + weight / draws;
    // One weight's standard deviation is near 0.2, so that of a mean near 0.0033; four of them.
    for (const mean of means) expect(Math.abs(mean - 1 / 3)).toBeLessThan(0.0132);
    expect(sum(means)).toBeCloseTo(1, 10);
  });
});

describe('DWA', () => {
  /** Weights of every step when each epoch has the given losses. */
  const run = (epochs: readonly (readonly Float64Array[])[], numbers = epochs.map((_, i) => i)) => {
    const method = dwa();
    let state = method.initial(epochs[0]?.[0]?.length ?? 0);
    return epochs.map((steps, epoch) =>
      steps.map((losses, step) => {
        const result = method.weigh(losses, state, atStep(step, numbers[epoch]));
        state = result.state;
        return result.weights;
      }),
    );
  };

  it('is 1 for two epochs, then follows epoch means, not batches, and stays within an epoch', () => {
    const first = [f64(2, 0.25, 1), f64(3, 0.75, 3)]; // means 2.5, 0.5, 2
    const second = [f64(1, 0.9, 1), f64(3, 0.1, 1), f64(2, 0.5, 1)]; // means 2, 0.5, 1, of another number of steps
    const third = [f64(9, 1, 9), f64(1, 9, 1)];
    const [one, two, three] = run([first, second, third]);
    for (const w of [...(one ?? []), ...(two ?? [])]) expect(Array.from(w)).toEqual([1, 1, 1]);
    expectClose(three?.[0] ?? [], [1.011505, 1.117885, 0.87061]);
    expect(three?.[1]).toEqual(three?.[0]);
  });

  it('counts epochs by what it has seen: numbers may start anywhere and be left out', () => {
    const epochs = [[f64(2.5, 0.5, 2)], [f64(2, 0.5, 1)], [f64(1, 1, 1)]];
    expect(run(epochs, [3, 4, 9])).toEqual(run(epochs));
  });

  it('cannot go back', () => {
    const method = dwa();
    const { state } = method.weigh(LOSSES, method.initial(3), atStep(0, 2));
    expect(() => method.weigh(LOSSES, state, atStep(1, 1))).toThrow('epoch 2 and cannot go back to 1');
  });

  it('sums to K, is flat for equal rates, and favours the task whose loss falls slowest', () => {
    fc.assert(
      fc.property(anyLosses, fc.double({ min: 0.1, max: 50, noNaN: true }), (losses, temperature) => {
        const before = losses.map((loss, k) => loss * (1 + (k % 5)));
        const w = dwaWeights(losses, before, temperature);
        expect(sum(w)).toBeCloseTo(losses.length, 8);
        expect(w.every((value) => value > 0)).toBe(true);
        for (const k of w.keys()) if (k % 5 === 1) expect(w[k]).toBeLessThan(w[k - 1] ?? NaN);
        expect(difference(dwaWeights(losses, losses, temperature), w.fill(1))).toBeLessThan(1e-12);
      }),
    );
  });

  it('stays finite where an epoch’s losses are 0', () => {
    expect(Array.from(dwaWeights(f64(0, 1), f64(0, 1), 2))).toEqual([1, 1]);
    expectClose(dwaWeights(f64(0, 1), f64(1, 1), 2), [2 / (1 + Math.exp(0.5)), 2 / (1 + Math.exp(-0.5))]);
    expect(Array.from(dwaWeights(f64(1e4, 1), f64(0, 1), 2))).toEqual([2, 0]);
  });
});

describe('UW-SO', () => {
  it('is one-hot on the smallest loss as T falls, equal as it grows', () => {
    fc.assert(
      fc.property(anyLosses, (losses) => {
        const smallest = Math.min(...losses);
        fc.pre(losses.filter((loss) => loss < smallest * (1 + 1e-6)).length === 1);
        const cold = uwSoWeights(losses, 1e-14);
        expect(Array.from(cold)).toEqual(Array.from(losses, (loss) => (loss === smallest ? 1 : 0)));
        const hot = uwSoWeights(losses, 1e18);
        expect(
          difference(
            hot,
            hot.map(() => 1 / losses.length),
          ),
        ).toBeLessThan(1e-9);
      }),
    );
    expect(Array.from(uwSoWeights(LOSSES, Number.MIN_VALUE))).toEqual([0, 1, 0]);
    expectClose(uwSoWeights(LOSSES, Infinity), [1 / 3, 1 / 3, 1 / 3], 15);
  });

  it('gives equal losses equal weights at any T', () => {
    for (const tasks of [1, 2, 7, 40])
      for (const loss of [0, 1e-6, 1, 1e4])
        for (const temperature of [1e-12, 1, 1e12])
          expectClose(
            uwSoWeights(new Float64Array(tasks).fill(loss), temperature),
            new Array<number>(tasks).fill(1 / tasks),
            14,
          );
  });

  it('is the same for c·L and T/c, exactly without ε', () => {
    const factor = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(commonLosses, factor, fc.double({ min: 0.1, max: 50, noNaN: true }), (losses, c, t) => {
        const scaled = losses.map((loss) => c * loss);
        expect(difference(uwSoWeights(losses, t, 0), uwSoWeights(scaled, t / c, 0))).toBeLessThan(1e-11);
        // With ε a relative error of ε/(cL) in a/T ≤ 200.
        expect(difference(uwSoWeights(losses, t), uwSoWeights(scaled, t / c))).toBeLessThan(0.1);
      }),
    );
  });

  it('is not the same when one loss is scaled, nor softmax(−L/T), nor times K', () => {
    expect(difference(uwSoWeights(f64(2, 5, 1), 1), uwSoWeights(LOSSES, 1))).toBeGreaterThan(0.1);
    expect(difference(softmax(LOSSES.map((loss) => -loss)), uwSoWeights(LOSSES, 1))).toBeGreaterThan(0.01);
    expect(sum(uwSoWeights(LOSSES, 1))).toBeCloseTo(1, 14);
  });

  it('gives more weight to smaller losses, always', () => {
    fc.assert(
      fc.property(commonLosses, fc.double({ min: 0.5, max: 50, noNaN: true }), (losses, temperature) => {
        const w = uwSoWeights(losses, temperature);
        for (const i of losses.keys())
          for (const j of losses.keys())
            if ((losses[i] ?? NaN) < (losses[j] ?? NaN)) expect(w[i]).toBeGreaterThanOrEqual(w[j] ?? NaN);
        const [first = NaN] = losses;
        if (losses.length > 1) {
          const lower = losses.with(0, first / 1.01);
          expect(uwSoWeights(lower, temperature)[0]).toBeGreaterThanOrEqual(w[0] ?? NaN);
          if (1 / first / temperature < 5 && (w[0] ?? 0) > 1e-9 && (w[0] ?? 1) < 0.99)
            expect(uwSoWeights(lower, temperature)[0]).toBeGreaterThan(w[0] ?? NaN);
        }
      }),
    );
  });

  it('goes one-hot at a loss of 0, and a clamp from below keeps it from that', () => {
    const solved = f64(0, 1, 2);
    expect(Array.from(weights(uwSo({ temperature: 5 }), solved))).toEqual([1, 0, 0]);
    const clamped = weights(uwSo({ temperature: 5, floor: 0.1 }), solved);
    expect(clamped).toEqual(weights(uwSo({ temperature: 5 }), f64(0.1, 1, 2)));
    expect(Math.max(...clamped)).toBeLessThan(0.8);
    // Losses above the clamp are left as they are.
    expect(weights(uwSo({ temperature: 5, floor: 0.5 }), LOSSES)).toEqual(uwSoWeights(LOSSES, 5));
  });

  it('refuses a temperature that is none before any step, and negative losses in one', () => {
    for (const temperature of [0, -1, NaN])
      expect(() => uwSo({ temperature })).toThrow('temperature is positive');
    expect(() => uwSo({ temperature: 1, floor: -1 })).toThrow('floor');
    expect(() => uwSoWeights(f64(1, -0.5), 1)).toThrow('task 2 has -0.5');
  });

  it('proposes temperatures on the scale of 1/L', () => {
    expectClose(temperaturesFor(f64(0.5, 0.02, 3)), [5, 12.5, 25, 50, 100], 3);
  });
});

describe('UW-O and GLS', () => {
  it('UW-O: K is the weighted loss, and scaling a loss leaves the step as it was', () => {
    fc.assert(
      fc.property(commonLosses, anyLosses, (losses, factors) => {
        const exact = uwO({ epsilon: 0 });
        const alphas = losses.map((_, k) => factors[k % factors.length] ?? NaN);
        const scaled = losses.map((loss, k) => (alphas[k] ?? NaN) * loss);
        const w = weights(exact, losses);
        expect(weightedLoss(w, losses)).toBeCloseTo(losses.length, 10);
        // Gradients scale as losses do, so the step is the same if αₖ wₖ is.
        const step = weights(exact, scaled).map((weight, k) => weight * (alphas[k] ?? NaN));
        for (const [k, weight] of w.entries()) expect((step[k] ?? NaN) / weight).toBeCloseTo(1, 12);
      }),
    );
  });

  it('UW-O: the step’s gradient is that of Σ log L', () => {
    fc.assert(
      fc.property(anyTheta, anyTasks, (theta, tasks) => {
        const w = weights(uwO(), lossesAt(theta, tasks));
        const step = combined(w, lossGradientsAt(theta, tasks));
        const logarithms = (at: Float64Array) => sum(lossesAt(at, tasks).map(Math.log));
        expect(difference(step, slopes(logarithms, theta), 1)).toBeLessThan(1e-6);
      }),
    );
  });

  it('GLS: the step’s gradient is that of the geometric mean', () => {
    fc.assert(
      fc.property(anyTheta, anyTasks, (theta, tasks) => {
        const step = combined(weights(gls(), lossesAt(theta, tasks)), lossGradientsAt(theta, tasks));
        const product = (at: Float64Array) =>
          lossesAt(at, tasks).reduce((total, loss) => total * loss, 1) ** (1 / tasks);
        expect(difference(step, slopes(product, theta), 1)).toBeLessThan(1e-6);
      }),
    );
  });

  it('are parallel with factor GM/K, over the whole zoo and at losses of 0', () => {
    const check = (losses: Float64Array) => {
      const [a, b] = [weights(gls(), losses), weights(uwO(), losses)];
      const ratios = a.map((weight, k) => weight / (b[k] ?? NaN));
      const mean = Math.exp(sum(losses.map((loss) => Math.log(loss + 1e-8))) / losses.length);
      for (const ratio of ratios) expect(ratio / (mean / losses.length)).toBeCloseTo(1, 11);
    };
    fc.assert(fc.property(anyLosses, check));
    check(f64(0, 1));
    check(f64(0, 0, 0));
  });

  it('GLS: forty small or large losses neither underflow nor overflow', () => {
    for (const loss of [1e-6, 1e4]) {
      const losses = new Float64Array(40).fill(loss);
      const w = weights(gls({ epsilon: 0 }), losses);
      expect(difference(w, new Float64Array(40).fill(1 / 40))).toBeLessThan(1e-13);
    }
    expect(losses40().reduce((product, loss) => product * loss, 1)).toBe(0); // what it must not do
  });
  const losses40 = () => new Float64Array(60).fill(1e-6);

  it('stay finite at a loss of 0', () => {
    expectClose(weights(uwO(), f64(0, 1)), [1e8, 1], 5);
    expect(weights(uwO({ floor: 0.02 }), f64(0, 1))[0]).toBeCloseTo(50, 4);
    expect(weights(gls(), f64(0, 1)).every((w) => Number.isFinite(w) && w > 0)).toBe(true);
  });
});

describe('methods that learn', () => {
  const anyS = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 12, maxLength: 12 });

  it.each([
    ['UW', uw()],
    ['IMTL-L', imtlL],
  ] as const)('%s: gradient and weights are the objective’s derivatives', (_, method) => {
    fc.assert(
      fc.property(commonLosses, anyS, (losses, values) => {
        const learned = Float64Array.from(values.slice(0, losses.length));
        const { weights: w, gradient } = method.weigh(losses, { learned }, atStep(0));
        const bySlope = (at: Float64Array) => method.weigh(losses, { learned: at }, atStep(0)).objective;
        expect(difference(gradient, slopes(bySlope, learned), 1)).toBeLessThan(1e-5);
        const byLoss = (at: Float64Array) => method.weigh(at, { learned }, atStep(0)).objective;
        expect(difference(w, slopes(byLoss, losses), 1)).toBeLessThan(1e-5);
      }),
    );
  });

  it('UW rests at s = log L with weights 1/(2L), IMTL-L at s = −log L with w L = 1', () => {
    fc.assert(
      fc.property(anyLosses, (losses) => {
        const atLog = uw().weigh(losses, { learned: losses.map(Math.log) }, atStep(0));
        expect(
          difference(
            atLog.gradient,
            losses.map(() => 0),
            1,
          ),
        ).toBeLessThan(1e-14);
        for (const [k, w] of atLog.weights.entries()) expect(w * 2 * (losses[k] ?? NaN)).toBeCloseTo(1, 12);
        const below = imtlL.weigh(losses, { learned: losses.map((loss) => -Math.log(loss)) }, atStep(0));
        expect(
          difference(
            below.gradient,
            losses.map(() => 0),
            1,
          ),
        ).toBeLessThan(1e-14);
        for (const [k, w] of below.weights.entries()) expect(w * (losses[k] ?? NaN)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('UW and IMTL-L get there by gradient descent, and IMTL-L’s rest is UW-O', () => {
    const method = uw();
    let uncertain = method.initial(3);
    let impartial = imtlL.initial(3);
    for (let step = 0; step < 600; step++) {
      uncertain = descend(method.weigh(LOSSES, uncertain, atStep(step)), 0.1);
      impartial = descend(imtlL.weigh(LOSSES, impartial, atStep(step)), 0.1);
    }
    expectClose(uncertain.learned, [Math.log(2), Math.log(0.5), 0]);
    const { weights: rest } = imtlL.weigh(LOSSES, impartial, atStep(0));
    expect(difference(rest, weights(uwO(), LOSSES))).toBeLessThan(1e-6);
  });

  it('UW is inert: from another start it needs many steps to the same weights', () => {
    const [near, far] = [uw(), uw({ initial: [3, -0.5, -0.5] })];
    let [a, b] = [near.initial(3), far.initial(3)];
    expect(Array.from(b.learned)).toEqual([3, -0.5, -0.5]);
    const gapAfter = (steps: number) => {
      for (let step = 0; step < steps; step++) {
        a = descend(near.weigh(LOSSES, a, atStep(step)), 0.01);
        b = descend(far.weigh(LOSSES, b, atStep(step)), 0.01);
      }
      return Math.abs((a.learned[0] ?? NaN) - (b.learned[0] ?? NaN));
    };
    expect(gapAfter(100)).toBeGreaterThan(1);
    expect(gapAfter(3000)).toBeLessThan(0.01);
  });

  it('leave the state they were given as it was', () => {
    const state = uw().initial(3);
    const outcome = uw().weigh(LOSSES, state, atStep(0));
    descend(outcome, 0.1);
    expect(Array.from(state.learned)).toEqual([-0.5, -0.5, -0.5]);
    expect(outcome.state).toEqual(state);
  });

  it('refuse a start or losses of another number of tasks', () => {
    expect(() => uw({ initial: [0, 0] }).initial(3)).toThrow('2 values to start from and 3 tasks');
    expect(() => uw().weigh(LOSSES, uw().initial(2), atStep(0))).toThrow('2 tasks and got 3 losses');
    expect(() => imtlL.weigh(LOSSES, imtlL.initial(2), atStep(0))).toThrow(RangeError);
  });
});

describe('the step’s gradient with constant weights', () => {
  it('is the slope of the loss whose weights stand still, not of the whole expression', () => {
    fc.assert(
      fc.property(anyTheta, fc.integer({ min: 2, max: 6 }), (theta, tasks) => {
        const w = uwSoWeights(lossesAt(theta, tasks), 1);
        const step = combined(w, lossGradientsAt(theta, tasks));
        const fixed = (at: Float64Array) => weightedLoss(w, lossesAt(at, tasks));
        expect(difference(step, slopes(fixed, theta), 1)).toBeLessThan(1e-6);
      }),
    );
    const theta = f64(0.7, -1.1);
    const moving = (method: LossWeighting) => (at: Float64Array) =>
      weightedLoss(weights(method, lossesAt(at, 3)), lossesAt(at, 3));
    const stepOf = (method: LossWeighting) =>
      combined(weights(method, lossesAt(theta, 3)), lossGradientsAt(theta, 3));
    // Without the stop, UW-O has no gradient and UW-SO another one.
    expect(Math.max(...slopes(moving(uwO()), theta).map(Math.abs))).toBeLessThan(1e-6);
    expect(Math.max(...stepOf(uwO()).map(Math.abs))).toBeGreaterThan(0.5);
    const naive = slopes(moving(uwSo({ temperature: 1 })), theta);
    expect(difference(stepOf(uwSo({ temperature: 1 })), naive)).toBeGreaterThan(0.05);
  });
});

describe('losses and shares', () => {
  it('shares sum to 1; UW-O’s are 1/K each', () => {
    fc.assert(
      fc.property(anyLosses, (losses) => {
        const shares = weightedShares(weights(uwO({ epsilon: 0 }), losses), losses);
        expect(
          difference(
            shares,
            losses.map(() => 1 / losses.length),
          ),
        ).toBeLessThan(1e-12);
        expect(sum(weightedShares(weights(ew, losses), losses))).toBeCloseTo(1, 12);
      }),
    );
    expectClose(weightedShares(f64(1, 1, 1), LOSSES), [4 / 7, 1 / 7, 2 / 7], 14);
    expect(weightedShares(f64(1, 1), f64(0, 0))).toEqual(f64(NaN, NaN));
  });

  it('inverses have ε and a clamp, and refuse either when negative or infinite', () => {
    expectClose(inverseOf(f64(0, 0.5, 2)), [1e8, 2, 0.5], 7);
    expect(Array.from(inverseOf(f64(0.1, 4), { floor: 2, epsilon: 0 }))).toEqual([0.5, 0.25]);
    expect(inverseOf(f64(NaN), { floor: 1 })).toEqual(f64(NaN));
    for (const wrong of [-1e-9, NaN, Infinity]) {
      expect(() => inverseOf(LOSSES, { floor: wrong })).toThrow('floor');
      expect(() => inverseOf(LOSSES, { epsilon: wrong })).toThrow('epsilon');
    }
  });

  it('softmax is shift-invariant and survives any size', () => {
    expect(difference(softmax(f64(1e300, 0)), f64(1, 0))).toBe(0);
    expect(difference(softmax(f64(-800, -801)), softmax(f64(1, 0)))).toBeLessThan(1e-15);
    expect(softmax(f64(NaN, 1))).toEqual(f64(NaN, NaN));
    const rng = createRng(2);
    const values = Float64Array.from({ length: 9 }, () => rng.normal());
    const plain = values.map((value) => Math.exp(value / 3));
    expect(
      difference(
        softmax(values, 3),
        plain.map((value) => value / sum(plain)),
      ),
    ).toBeLessThan(1e-15);
  });

  it('the zoo’s gradients differ, or the equalities above would prove little', () => {
    expect(new Set(gradients(4, 3).flat()).size).toBe(12);
  });
});
