import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { gramianOf, type Gramian } from '../../src/methods/weighting/gramian';
import {
  createWeighting,
  defaultSettings,
  weightingNames,
  type WeightingName,
  type WeightingSettings,
} from '../../src/methods/weighting/weighting';
import {
  descend,
  type GradientContext,
  type WeightingMethod,
  type WeightingState,
} from '../../src/methods/weighting/weighting-method';
import { anyLoss, anyLosses, difference, f64, gradients, gramianZoo, sum } from './weighting-zoo';

/** What the weights of a method sum to. */
const SUMS: Record<WeightingName, 'one' | 'K' | null> = {
  ew: 'K',
  scalarization: 'one',
  rlw: 'one',
  dwa: 'K',
  gls: null,
  'imtl-l': null,
  uw: null,
  'uw-o': null,
  'uw-so': 'one',
  pcgrad: null,
  mgda: 'one',
  gradnorm: 'K',
};

/** Whose weights do not move with the tasks, as they are drawn or set for places. MGDA's are not unique. */
const PLACED: ReadonlySet<WeightingName> = new Set<WeightingName>(['rlw', 'pcgrad', 'mgda']);

const create = (name: WeightingName, tasks: number, settings: Partial<WeightingSettings> = {}) =>
  createWeighting(name, { ...defaultSettings(tasks), ...settings });

/** Weights of three epochs of two steps, with the losses multiplied by 1, 0.9, 0.8 …, learned parameters descending. */
function run(
  name: WeightingName,
  losses: Float64Array,
  gramian: Gramian,
  settings: Partial<WeightingSettings> = {},
): Float64Array[] {
  const method = create(name, losses.length, settings);
  let state: WeightingState = method.initial(losses.length);
  return Array.from({ length: 6 }, (_, step) => {
    const rng = createRng(1).fork(`step ${step}`);
    const now = losses.map((loss, k) => loss * (1 - 0.1 * step * (1 + (k % 2 ? 0.5 : 0))));
    const before = JSON.stringify(state);
    const { weights, next } = advance(method, now, state, { epoch: Math.floor(step / 2), rng, gramian });
    expect(JSON.stringify(state)).toBe(before); // threaded, not written to
    state = next;
    return weights;
  });
}

/** One step, with learned parameters moved as by an optimizer that bounds its steps: plain descent on a loss of 10⁴ overshoots. */
function advance(
  method: WeightingMethod,
  losses: Float64Array,
  state: WeightingState,
  context: GradientContext,
): { weights: Float64Array; next: WeightingState } {
  if (!method.learns) {
    const outcome = method.weigh(losses, state, context);
    return { weights: outcome.weights, next: outcome.state };
  }
  const outcome = method.weigh(losses, state, context);
  expect(outcome.gradient).toHaveLength(losses.length);
  expect(outcome.gradient.every(Number.isFinite)).toBe(true);
  expect(Number.isFinite(outcome.objective)).toBe(true);
  const longest = Math.max(1, ...outcome.gradient.map(Math.abs));
  return { weights: outcome.weights, next: descend(outcome, 0.1 / longest) };
}

const gramianFor = (tasks: number) => gramianOf(gradients(tasks, 7));

function expectSound(name: WeightingName, weights: Float64Array): void {
  expect(weights.every((weight) => Number.isFinite(weight) && weight >= 0)).toBe(true);
  // A softmax and a convex hull may have weights of 0, others have none.
  if (!['uw-so', 'mgda', 'dwa'].includes(name)) expect(Math.min(...weights)).toBeGreaterThan(0);
  const total = SUMS[name];
  if (total === 'one') expect(sum(weights)).toBeCloseTo(1, 10);
  if (total === 'K') expect(sum(weights) / weights.length).toBeCloseTo(1, 10);
}

describe.each(weightingNames)('%s', (name) => {
  it('has sound weights for all losses', () => {
    fc.assert(
      fc.property(anyLosses, (losses) => {
        for (const weights of run(name, losses, gramianFor(losses.length))) expectSound(name, weights);
      }),
      { numRuns: 60 },
    );
  });

  it('has sound weights for losses of 0', () => {
    for (const losses of [f64(0), f64(0, 0), f64(0, 1), f64(1e4, 0, 1e-6), new Float64Array(40)])
      for (const weights of run(name, losses, gramianFor(losses.length))) expectSound(name, weights);
  });

  it('has sound weights for all gradients', () => {
    for (const [, gramian] of gramianZoo) {
      const losses = Float64Array.from({ length: gramian.tasks }, (_, k) => 0.1 + k);
      for (const weights of run(name, losses, gramian)) expectSound(name, weights);
    }
  });

  it('is a positive factor, alike in every step but for what it learns, where there is one task', () => {
    fc.assert(
      fc.property(anyLoss, (loss) => {
        const weights = run(name, f64(loss), gramianFor(1));
        for (const [weight = NaN] of weights) {
          expect(weight).toBeGreaterThan(0);
          if (!['uw', 'imtl-l', 'uw-o'].includes(name)) expect(weight).toBeCloseTo(1, 10);
        }
      }),
    );
  });
});

describe.each(weightingNames.filter((name) => !PLACED.has(name)))('%s', (name) => {
  it('moves its weights with the tasks', () => {
    const tasks = 7;
    const rows = gradients(tasks, 9);
    fc.assert(
      fc.property(fc.array(anyLoss, { minLength: tasks, maxLength: tasks }), fc.integer(), (values, seed) => {
        const order = createRng(seed).permutation(tasks);
        const given = Array.from(order, (_, k) => k + 1);
        const move = <T>(list: ArrayLike<T>): T[] => Array.from(order, (k) => list[k] as T);
        const straight = run(name, Float64Array.from(values), gramianOf(rows), { weights: given });
        // The run scales the losses of odd places more, so that is moved too.
        const movedRun = (step: number) => {
          const method = create(name, tasks, { weights: move(given) });
          let state: WeightingState = method.initial(tasks);
          let weights: Float64Array = new Float64Array(tasks);
          for (let s = 0; s <= step; s++) {
            const now = values.map((loss, k) => loss * (1 - 0.1 * s * (1 + (k % 2 ? 0.5 : 0))));
            const outcome = advance(method, Float64Array.from(move(now)), state, {
              epoch: Math.floor(s / 2),
              rng: createRng(1).fork(`step ${s}`),
              gramian: gramianOf(move(rows)),
            });
            [weights, state] = [outcome.weights, outcome.next];
          }
          return weights;
        };
        for (const step of [0, 5])
          expect(difference(movedRun(step), move(straight[step] ?? []))).toBeLessThan(1e-9);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a loss or a gradient that is NaN', () => {
  const rows = [
    [NaN, 1],
    [1, 1],
  ];
  const context = (epoch: number) => ({ epoch, rng: createRng(1), gramian: gramianOf(rows) });
  const losses = f64(NaN, 1);

  it.each(['gls', 'uw-so', 'pcgrad', 'mgda'] as const)('makes all weights of %s NaN', (name) => {
    const method = create(name, 2);
    const { weights } = method.weigh(losses, method.initial(2), context(0));
    expect(weights).toEqual(f64(NaN, NaN));
  });

  it('makes that of its task NaN in UW-O', () => {
    const method = create('uw-o', 2);
    expect(method.weigh(losses, method.initial(2), context(0)).weights[0]).toBeNaN();
  });

  it.each(['uw', 'imtl-l', 'gradnorm'] as const)('makes the gradient of %s NaN', (name) => {
    const method = create(name, 2);
    if (!method.learns) throw new Error(`${name} learns`);
    const { gradient, objective } = method.weigh(losses, method.initial(2), context(0));
    expect(gradient[0]).toBeNaN();
    expect(objective).toBeNaN();
  });

  it('makes the weights of DWA NaN from the next epochs on', () => {
    const method = create('dwa', 2);
    let state: WeightingState = method.initial(2);
    const weightsOf = (epoch: number) => {
      const outcome = method.weigh(losses, state, context(epoch));
      state = outcome.state;
      return outcome.weights;
    };
    expect([0, 1, 2].map(weightsOf)).toEqual([f64(1, 1), f64(1, 1), f64(NaN, NaN)]);
  });
});

describe('the table', () => {
  it('has every method of the issue, and says which read gradients and which learn', () => {
    expect(weightingNames).toHaveLength(12);
    const which = (has: (name: WeightingName) => boolean) => weightingNames.filter(has);
    expect(which((name) => create(name, 2).reads === 'gradients')).toEqual(['pcgrad', 'mgda', 'gradnorm']);
    expect(which((name) => create(name, 2).learns)).toEqual(['imtl-l', 'uw', 'gradnorm']);
  });

  it('hands each method its settings', () => {
    const losses = f64(2, 0.5, 1);
    const gramian = gramianOf(gradients(3, 5));
    const last = (name: WeightingName, settings: Partial<WeightingSettings>) =>
      run(name, losses, gramian, settings).at(-1)?.join();
    const changes: [WeightingName, Partial<WeightingSettings>][] = [
      ['scalarization', { weights: [3, 2, 1] }],
      ['dwa', { dwaTemperature: 0.5 }],
      ['uw', { initialS: [3, 0, 0] }],
      ['uw-o', { floor: 1.5 }],
      ['uw-so', { temperature: 7 }],
      ['uw-so', { floor: 1.5 }],
      ['mgda', { normaliser: 'loss' }],
      ['gradnorm', { alpha: 0 }],
    ];
    for (const [name, settings] of changes) expect(last(name, settings)).not.toBe(last(name, {}));
  });

  it('refuses negative losses where they divide', () => {
    const negative = f64(1, -1);
    for (const name of ['dwa', 'gls', 'imtl-l', 'uw', 'uw-o', 'uw-so', 'gradnorm'] as const)
      expect(() => run(name, negative, gramianFor(2))).toThrow('task 2 has -1');
    for (const name of ['ew', 'scalarization', 'rlw', 'pcgrad', 'mgda'] as const)
      expect(run(name, negative, gramianFor(2))).toHaveLength(6);
  });

  it('begins with the papers’ values', () => {
    const first = (name: WeightingName) => Array.from(run(name, f64(1, 1), gramianFor(2))[0] ?? []);
    for (const name of ['ew', 'dwa', 'imtl-l', 'gradnorm'] as const) expect(first(name)).toEqual([1, 1]);
    expect(first('uw')[0]).toBeCloseTo(0.824361, 6);
    for (const name of ['scalarization', 'uw-so'] as const) expect(first(name)).toEqual([0.5, 0.5]);
  });
});
