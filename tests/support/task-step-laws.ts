import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { dwaWeights } from '../../src/methods/weighting/methods/dwa';
import { gramianOf } from '../../src/methods/weighting/gramian';
import { conflictShare, oppositeSignShare, similarities } from '../../src/methods/weighting/similarity';
import type { TaskWeightingSpec } from '../../src/experiments/task-weighting/knobs';
import { scalesOf } from '../../src/experiments/task-weighting/step/setting';
import type { Measurement } from '../../src/experiments/task-weighting/step/measurement';
import {
  apart,
  drawsOf,
  setUp,
  specOf,
  stepFor,
  tensorCount,
  trainFor,
  type Trained,
} from './task-step-setup';
import { referenceTraining } from './task-step-reference';

type Knobs = Partial<Record<keyof TaskWeightingSpec, unknown>>;

const LOSS_METHODS = ['ew', 'scalarization', 'rlw', 'dwa', 'gls', 'imtl-l', 'uw', 'uw-o', 'uw-so'] as const;
const GRADIENT_METHODS = ['pcgrad', 'mgda', 'gradnorm'] as const;
const METHODS = [...LOSS_METHODS, ...GRADIENT_METHODS];

const train = (knobs: Knobs, steps: number, options: { seed?: number; only?: number[] } = {}) =>
  trainFor(setUp(specOf(knobs), options), steps);

/** What a training changed, by parameter. */
async function changes(knobs: Knobs, steps: number): Promise<Map<string, Float32Array>> {
  const setup = setUp(specOf(knobs));
  const before = await setup.model.parameters.toArrays();
  const { parameters } = await trainFor(setup, steps);
  return new Map(
    [...parameters].map(([name, values]) => [
      name,
      values.map((value, i) => value - Number(before.get(name)?.values[i])),
    ]),
  );
}

/** Values that the model of these tasks begins with. */
async function setUpParameters(only: number[]): Promise<Map<string, Float32Array>> {
  const setup = setUp(specOf({}), { only });
  const arrays = await setup.model.parameters.toArrays();
  setup.dispose();
  return new Map([...arrays].map(([name, { values }]) => [name, Float32Array.from(values, Number)]));
}

const rowsOf = (values: Float32Array, tasks: number): number[][] =>
  Array.from({ length: values.length / tasks }, (_, at) => [...values.slice(at * tasks, (at + 1) * tasks)]);

const isHead = (name: string) => name.startsWith('head.');
const same = (a: Trained, b: Trained) => {
  expect([...a.parameters]).toEqual([...b.parameters]);
  expect(a.columns).toEqual(b.columns);
};

/** What holds for the step on every backend: on the one that is current. */
export function taskStepLaws(): void {
  describe('equals the definition, computed task by task in float64', () => {
    const cases: [string, Knobs][] = [
      ...METHODS.map((method): [string, Knobs] => [method, { method, scales: '3 0.2 1' }]),
      ...(['ew', 'uw', 'pcgrad', 'gradnorm'] as const).map((method): [string, Knobs] => [
        `${method} with SGD`,
        { method, optimizer: 'sgd', learningRate: 0.02 },
      ]),
      ...(['ew', 'imtl-l', 'uw-so'] as const).map((method): [string, Knobs] => [
        `${method} with Adam per task`,
        { method, optimizer: 'adam-per-task', scales: '3 0.2 1' },
      ]),
      ['fixed weights', { method: 'scalarization', weights: '3 1 4' }],
      ['UW from elsewhere', { method: 'uw', start: '1 -2 3' }],
      ['MGDA on normalised gradients', { method: 'mgda', normaliser: 'loss-l2' }],
      ['a frozen trunk', { method: 'uw', freezeTrunk: true }],
      ['a frozen trunk, Adam per task', { method: 'ew', freezeTrunk: true, optimizer: 'adam-per-task' }],
      ['heads with a hidden layer', { method: 'gradnorm', headWidth: 5 }],
      ...(['uw-o', 'pcgrad', 'gradnorm'] as const).map((method): [string, Knobs] => [
        `${method} on attributes, which have one head`,
        { method, tasks: 'attributes' },
      ]),
      ['attributes, Adam per task', { tasks: 'attributes', optimizer: 'adam-per-task', method: 'ew' }],
    ];
    it.each(cases)('%s', async (_, knobs) => {
      const steps = knobs.method === 'dwa' ? 14 : 5; // DWA weighs from the third epoch on
      const got = await train(knobs, steps);
      const drawn = knobs.method === 'rlw' ? got.columns.weights : undefined;
      const wanted = await referenceTraining(setUp(specOf(knobs)), steps, drawn);
      const tasks = wanted.history[0]?.losses.length ?? 0;
      for (const [at, { losses, weights, combined }] of wanted.history.entries()) {
        const near = (values: Float32Array, expected: readonly number[]) => {
          for (const [k, value] of expected.entries()) {
            const distance = Math.abs((values[at * tasks + k] ?? NaN) - value);
            expect(distance, `step ${at + 1}, task ${k}`).toBeLessThan(1e-6 + 2e-4 * Math.abs(value));
          }
        };
        near(got.columns.losses, losses);
        near(got.columns.weights, weights);
        const loss = losses.reduce((sum, value) => sum + value, 0);
        expect((got.columns.loss[at] ?? NaN) / loss).toBeCloseTo(1, 4);
        const trained = [...combined].filter(([name]) => !(knobs.freezeTrunk === true && !isHead(name)));
        const isLearned = knobs.method === 'uw' || knobs.method === 'imtl-l' || knobs.method === 'gradnorm';
        const norm = Math.hypot(...trained.map(([, values]) => Math.hypot(...values)));
        if (!isLearned) expect((got.columns.gradientNorm[at] ?? NaN) / norm).toBeCloseTo(1, 3);
      }
      if (knobs.method === 'pcgrad' && knobs.tasks === 'attributes')
        expect([...got.columns.weights].every((weight) => weight > 1)).toBe(true); // all have conflicts
      expect([...got.columns.nonFinite].every((value) => value === 0)).toBe(true);
      expect(apart(wanted.parameters, got.parameters)).toBeLessThan(2e-4);
    });
  });

  describe('scales of losses (Elich et al. 2023, section 4.1)', () => {
    const plain = { method: 'ew', weightDecay: 0, scales: '1' };
    const scaled = { ...plain, scales: '7 0.2 30' };

    it('do not matter to heads with Adam, but for its epsilon', async () => {
      const frozen = { freezeTrunk: true };
      const [a, b] = [await changes({ ...plain, ...frozen }, 8), await changes({ ...scaled, ...frozen }, 8)];
      expect(apart(a, b, isHead)).toBeLessThan(1e-4);
      for (const [name, values] of a) expect(values.every((value) => value === 0)).toBe(!isHead(name));
    });

    it('matter to the trunk with Adam', async () => {
      const [a, b] = [await changes(plain, 8), await changes(scaled, 8)];
      expect(apart(a, b, (name) => !isHead(name))).toBeGreaterThan(1e-3);
    });

    it('do not matter at all with Adam when they are equal, or with one state per task', async () => {
      const equal = [await changes(plain, 8), await changes({ ...plain, scales: '7' }, 8)] as const;
      expect(apart(...equal)).toBeLessThan(1e-4);
      const perTask = { optimizer: 'adam-per-task' };
      const each = [
        await changes({ ...plain, ...perTask }, 8),
        await changes({ ...scaled, ...perTask }, 8),
      ] as const;
      expect(apart(...each)).toBeLessThan(1e-4);
    });

    it('are rates of the heads with SGD: 7 times the loss, 7 times the update', async () => {
      const sgd = { ...plain, optimizer: 'sgd', learningRate: 0.01 };
      const [a, b] = [await changes(sgd, 1), await changes({ ...sgd, scales: '7' }, 1)];
      const seven = new Map([...a].map(([name, values]) => [name, values.map((value) => 7 * value)]));
      expect(apart(seven, b)).toBeLessThan(2e-6);
      expect(Math.max(...[...b.values()].flatMap((values) => [...values].map(Math.abs)))).toBeGreaterThan(
        1e-3,
      );
    });

    it.each(['adam', 'sgd'])('do not matter to UW-O with %s, and do to UW', async (optimizer) => {
      const at = { optimizer, weightDecay: 0.001, learningRate: 0.01 };
      const uwO = [
        await changes({ ...at, method: 'uw-o' }, 15),
        await changes({ ...at, method: 'uw-o', scales: '7 0.2 30' }, 15),
      ] as const;
      expect(apart(...uwO)).toBeLessThan(1e-4);
      const uw = [
        await changes({ ...at, method: 'uw' }, 15),
        await changes({ ...at, method: 'uw', scales: '7 0.2 30' }, 15),
      ] as const;
      expect(apart(...uw)).toBeGreaterThan(1e-3);
    });
  });

  describe('one task alone', () => {
    it.each(METHODS.filter((method) => !['uw', 'imtl-l', 'uw-o', 'ew'].includes(method)))(
      'is single-task training with %s',
      async (method) => {
        const [alone, plain] = [
          await train({ method }, 14, { only: [0] }),
          await train({ method: 'ew' }, 14, { only: [0] }),
        ];
        expect(apart(plain.parameters, alone.parameters)).toBeLessThan(1e-5);
        for (const weight of alone.columns.weights) expect(weight).toBeCloseTo(1, 6);
      },
    );
  });

  it('one task alone is single-task training at another rate with UW-O: 1 ∕ L times the step', async () => {
    const sgd = { optimizer: 'sgd', weightDecay: 0, learningRate: 0.1 };
    const only = [0];
    const start = await setUpParameters(only);
    const [alone, plain] = [
      await train({ ...sgd, method: 'uw-o' }, 1, { only }),
      await train({ ...sgd, method: 'ew' }, 1, { only }),
    ];
    const [loss = NaN] = plain.columns.losses;
    const expected = new Map(
      [...plain.parameters].map(([name, values]) => [
        name,
        values.map((value, i) => {
          const before = start.get(name)?.[i] ?? NaN;
          return before + (value - before) / loss;
        }),
      ]),
    );
    expect(apart(expected, alone.parameters)).toBeLessThan(1e-6);
  });

  it('DWA weighs 1 for two epochs, then by the means of the two before', async () => {
    const { columns } = await train({ method: 'dwa', dwaTemperature: 0.5 }, 20);
    const [losses, weights] = [rowsOf(columns.losses, 3), rowsOf(columns.weights, 3)];
    const mean = (epoch: number) =>
      Float64Array.from({ length: 3 }, (_, k) =>
        losses.slice(6 * epoch, 6 * epoch + 6).reduce((sum, row) => sum + (row[k] ?? NaN) / 6, 0),
      );
    for (const row of weights.slice(0, 12)) expect(row).toEqual([1, 1, 1]);
    for (const epoch of [2, 3])
      for (const row of weights.slice(6 * epoch, 6 * epoch + 6)) {
        const wanted = dwaWeights(mean(epoch - 1), mean(epoch - 2), 0.5);
        for (const [k, weight] of row.entries()) expect(weight).toBeCloseTo(wanted[k] ?? NaN, 5);
      }
    expect(weights[12]).not.toEqual(weights[18]);
  });

  it('DWA refuses an epoch whose forerunner was not observed', async () => {
    const setup = setUp(specOf({ method: 'dwa' }));
    const step = stepFor(setup);
    const inputs = (at: number, epoch: number) =>
      step.inputsAt(at, { indices: setup.indicesAt(at), epoch, learningRate: 0.01 });
    expect(step.needsReport(1, 0)).toBe(false);
    await step.run(inputs(1, 0));
    expect(step.needsReport(2, 0)).toBe(false);
    expect(step.needsReport(2, 1)).toBe(true);
    expect(() => inputs(2, 1)).toThrow('not observed');
    step.observe(1, [1, 1, 1]);
    expect(step.needsReport(2, 1)).toBe(false);
    expect(() => {
      step.observe(1, [1, 1, 1]);
    }).toThrow('observed after');
    inputs(2, 1);
    step.dispose();
    setup.dispose();
  });

  it.each(METHODS)('%s repeats to the last bit, and not for another seed', async (method) => {
    const [a, b, other] = [
      await train({ method }, 5),
      await train({ method }, 5),
      await train({ method }, 5, { seed: 2 }),
    ];
    same(a, b);
    expect([...other.columns.losses]).not.toEqual([...a.columns.losses]);
  });

  it.each(['ew', 'uw', 'pcgrad'])('begins with the same parameters whatever the method: %s', (method) => {
    const setups = [setUp(specOf({ method: 'ew' })), setUp(specOf({ method }))];
    const steps = setups.map(stepFor);
    const [a, b] = setups.map(({ model }) => model.parameters.initDigest);
    expect(a).toBe(b);
    for (const resource of [...steps, ...setups]) resource.dispose();
  });

  it.each<[string, Knobs]>([
    ['a loss method', { method: 'ew' }],
    ['a gradient method', { method: 'mgda' }],
    ['Adam per task', { method: 'ew', optimizer: 'adam-per-task' }],
  ])('names what is not finite and changes nothing more: %s', async (_, knobs) => {
    const setup = setUp(specOf(knobs));
    const arrays = await setup.model.parameters.toArrays();
    arrays.get('head.clean.bias')?.values.fill(NaN);
    setup.model.parameters.assign(arrays);
    const step = stepFor(setup);
    await step.run(
      step.inputsAt(1, { indices: setup.indicesAt(1), epoch: 0, learningRate: setup.spec.learningRate }),
    );
    const { nonFinite, losses } = await step.read();
    expect(losses[2]).toBeNaN();
    expect(nonFinite[0]).toBeGreaterThan(0);
    const name = step.parameterName(nonFinite[0] ?? 0);
    expect([...setup.model.parameters.entries()].map(([known]) => known)).toContain(name);
    expect(() => step.parameterName(99)).toThrow(RangeError);
    const after = await setup.model.parameters.toArrays();
    expect(after.get('head.class.weight')?.values).toEqual(arrays.get('head.class.weight')?.values);
    step.dispose();
    setup.dispose();
  });

  it.each<Knobs>([
    { method: 'mgda', freezeTrunk: true },
    { method: 'pcgrad', optimizer: 'adam-per-task' },
  ])('refuses %j', (knobs) => {
    const setup = setUp({ ...specOf({}), ...knobs } as TaskWeightingSpec);
    expect(() => stepFor(setup)).toThrow(RangeError);
    setup.dispose();
  });

  it.each<[string, Knobs]>([
    ['uw', { method: 'uw' }],
    ['gradnorm', { method: 'gradnorm' }],
    ['Adam per task', { method: 'dwa', optimizer: 'adam-per-task' }],
    ['measured', { method: 'uw-so', measures: true, measureEvery: 4 }],
  ])('leaves no tensor behind: %s', async (_, knobs) => {
    await train(knobs, 8); // what is made once and for all
    const before = tensorCount();
    const setup = setUp(specOf(knobs));
    const step = stepFor(setup);
    const run = async (from: number, to: number) => {
      for (let at = from; at <= to; at++) {
        const { learningRate } = setup.spec;
        await step.run(step.inputsAt(at, { indices: setup.indicesAt(at), epoch: 0, learningRate }));
        step.takeMeasurement(at);
      }
      await step.read();
      return tensorCount();
    };
    expect(await run(1, 12)).toBe(await run(13, 50));
    step.dispose();
    setup.dispose();
    expect(tensorCount()).toBe(before);
  });

  describe('measurements', () => {
    it.each<[string, Knobs]>([
      ['a loss method', { method: 'uw' }],
      ['a gradient method', { method: 'pcgrad' }],
      ['Adam per task', { method: 'ew', optimizer: 'adam-per-task' }],
    ])('change no bit of the training: %s', async (_, knobs) => {
      const plain = await train(knobs, 30);
      const measured = await train({ ...knobs, measures: true, measureEvery: 3, measureSamples: 2 }, 30);
      same(plain, measured);
      expect(plain.step.measurementMs).toBeNull();
      expect(measured.step.measurementMs).toBeGreaterThan(0);
    });

    it.each<[string, Knobs]>([
      ['three tasks', { method: 'uw-so', scales: '3 0.2 1' }],
      ['PCGrad', { method: 'pcgrad', optimizer: 'sgd' }],
      ['GradNorm on attributes', { method: 'gradnorm', tasks: 'attributes' }],
      ['a frozen trunk', { method: 'ew', freezeTrunk: true }],
    ])('are what the gradients and the parameters say: %s', async (_, knobs) => {
      const spec = specOf({ ...knobs, measures: true, measureEvery: 3, measureSamples: 2 });
      const setup = setUp(spec);
      const step = stepFor(setup);
      const { learningRate } = spec;
      const run = (at: number) =>
        step.run(step.inputsAt(at, { indices: setup.indicesAt(at), epoch: 0, learningRate }));
      await run(1);
      await run(2);
      const before = await setup.model.parameters.toArrays();
      const singles = await singleGradients(setup, 3);
      await run(3);
      const after = await setup.model.parameters.toArrays();
      expect(step.takeMeasurement(2)).toBeNull();
      const found = step.takeMeasurement(3) as Measurement;
      expect(step.takeMeasurement(3)).toBeNull();
      step.dispose();
      setup.dispose();
      const { history } = await referenceTraining(setUp(specOf(knobs)), 3);
      const { tasks, model } = setup;
      const ownNorms = (valuesOf: (name: string) => ArrayLike<number>) => {
        const squares = [0, ...tasks.map(() => 0)];
        for (const name of before.keys())
          for (const [i, value] of Array.from(valuesOf(name)).entries()) {
            const owner = model.taskOf(name);
            const k = owner === null ? i % tasks.length : tasks.findIndex(({ id }) => id === owner);
            const group = model.isShared(name) ? 0 : 1 + k;
            squares[group] = (squares[group] ?? NaN) + value * value;
          }
        return squares.map(Math.sqrt);
      };
      const near = (got: { trunk: number; heads: number[] }, wanted: number[]) => {
        for (const [i, value] of [got.trunk, ...got.heads].entries())
          expect(value / (wanted[i] ?? NaN) || 1, `group ${i}`).toBeCloseTo(1, 3);
      };
      near(
        found.gradient,
        ownNorms((name) => history[2]?.combined.get(name) ?? []),
      );
      const change = (name: string) =>
        Array.from(after.get(name)?.values ?? [], (value, i) => value - Number(before.get(name)?.values[i]));
      near(found.update, ownNorms(change));
      expect(found.update.trunk === 0).toBe(knobs.freezeTrunk === true);
      expect(found.between.tasks).toEqual(summary(singles, (a, b) => a.image === b.image));
      expect(found.between.samples).toEqual(summary(singles, (a, b) => a.task === b.task));
    });
  });
}

interface SingleGradient {
  image: number;
  task: number;
  values: number[];
}

/** Gradients of the trunk for each of the first two images of a step and each compared task, one by one. */
async function singleGradients(setup: ReturnType<typeof setUp>, at: number): Promise<SingleGradient[]> {
  const chosen = setup.tasks.length <= 4 ? setup.tasks.map((_, k) => k) : [0, 6, 11, 17];
  const found: SingleGradient[] = [];
  for (const image of [0, 1])
    for (const task of chosen) {
      const values = await trunkGradient(setup, at, setup.indicesAt(at).slice(image, image + 1), task);
      found.push({ image, task, values });
    }
  return found;
}

async function trunkGradient(
  setup: ReturnType<typeof setUp>,
  at: number,
  indices: Int32Array,
  task: number,
): Promise<number[]> {
  const scale = scalesOf(setup.spec, setup.tasks.length)[task] ?? NaN;
  const trunk = [...setup.model.parameters.entries()].filter(([name]) => setup.model.isShared(name));
  const flat = tf.tidy(() => {
    const draws = drawsOf(setup, tf.tensor1d([at], 'int32'));
    const batch = setup.batches.batch(tf.tensor1d(indices, 'int32'), draws);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.slice(setup.model.losses(batch), task, 1)),
      trunk.map(([, variable]) => variable),
    );
    const gradients = trunk.flatMap(([, variable]) => grads[variable.name] ?? []);
    return tf.concat(gradients.map((gradient) => tf.reshape(gradient, [-1])));
  });
  const values = await flat.data<'float32'>();
  flat.dispose();
  return Array.from(values, (value) => value * scale);
}

/** The same averages, pair by pair. */
function summary(
  singles: readonly SingleGradient[],
  isAlike: (a: SingleGradient, b: SingleGradient) => boolean,
) {
  const pairs = singles.flatMap((a, i) =>
    singles.slice(i + 1).flatMap((b) => (isAlike(a, b) ? [[a, b] as const] : [])),
  );
  const similar = pairs.flatMap(([a, b]) => similarities(gramianOf([a.values, b.values])));
  const mean = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return expect.closeTo(known.reduce((sum, value) => sum + value, 0) / known.length, 4) as number;
  };
  return {
    cosine: mean(similar.map(({ cosine }) => cosine)),
    magnitude: mean(similar.map(({ magnitude }) => magnitude)),
    conflicts: conflictShare(similar),
    opposite: mean(pairs.map(([a, b]) => oppositeSignShare(a.values, b.values))),
  };
}
