import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import type { Choice, ChoiceStore } from '../../src/engine/choice-store';
import { EagerStep } from '../../src/engine/eager-step';
import { IndexedDbChoices } from '../../src/engine/indexed-db-choices';
import { asLab } from '../../src/engine/lab-backend';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { winnerOf } from '../../src/engine/time-candidates';
import { defineKernel } from '../../src/kernels/define-kernel';
import { flatWorkgroups, sizeOf, u32, type Variant } from '../../src/kernels/kernel';
import '../../src/kernels/native';
import { reduce } from '../../src/kernels/reduce/reduce';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { softmax, softmaxGradient } from '../../src/kernels/softmax/softmax';
import { defineUpdate } from '../../src/kernels/update-kernel';
import { counting } from './counting';
import { momentumUpdate } from './momentum-update';
import { integers, normals } from './random-tensor';

/** Choices kept in memory, with what was asked of them. */
class Memory implements ChoiceStore {
  readonly kept = new Map<string, Choice>();
  settled = 0;
  find(_adapter: string, keys: readonly string[]) {
    return Promise.resolve(new Map([...this.kept].filter(([key]) => keys.includes(key))));
  }
  settle(_adapter: string, choices: ReadonlyMap<string, Choice>) {
    for (const [key, choice] of choices) {
      this.settled++;
      if (!this.kept.has(key)) this.kept.set(key, choice);
    }
    return this.find('', [...choices.keys()]);
  }
}

let compute: Compute | null = null;
afterEach(() => {
  compute?.dispose();
  compute = null;
});

/** @param timingMs compiling for a software adapter is slow, and one that is busy with other tests slower still */
async function open(choices?: ChoiceStore, timesSoftware = true, timingMs = 20_000): Promise<Compute> {
  compute?.dispose();
  compute = await openCompute('webgpu', { ...(choices && { choices }), timesSoftware, timingMs });
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
  return compute;
}

const body = (work: string) => `
struct Params { size: u32, }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= p.size) { return; }
  ${work}
}`;
const wander = 'var z = x[i]; for (var j = 0u; j < 20000u; j++) { z = fract(z * 1.7 + 0.3); }';

function variant<Name extends string>(name: string, work: string): Variant<Name | 'x', object> {
  return { name, wgsl: body(work), workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) };
}

/** 2 x, slowly by default; others are quick, off in the third decimal, wrong, or no WGSL. */
const double = defineKernel<'x', 'y', object>({
  name: 'TestDouble',
  variants: [
    variant('slow', `${wander} y[i] = select(2.0 * x[i], 0.0, z > 2.0);`),
    variant('quick', 'y[i] = 2.0 * x[i] + 1e-5;'), // a little off, so that it shows where it runs
    variant('wrong', 'y[i] = 3.0 * x[i];'),
    variant('broken', 'y[i] = nonsense;'),
  ],
  inputs: ['x'],
  outputs: ['y'],
  shape: ({ x }) => ({ y: x }),
  params: ({ x }) => ({ size: u32(sizeOf(x)) }),
  reference: ({ x }) => ({ y: tf.mul(x, 2) }),
  cases: [],
  tolerance: { value: 1e-4, grad: 1e-4 },
});

/** state += x, in place. */
const accumulate = defineUpdate<'x', 'state', object>({
  name: 'TestAccumulate',
  variants: [
    variant('slow', `${wander} y[i] = y[i] + select(x[i], 0.0, z > 2.0);`),
    variant('quick', 'y[i] = y[i] + x[i];'),
  ],
  reads: ['x'],
  states: ['state'],
  check: () => undefined,
  params: ({ x }) => ({ size: u32(sizeOf(x)) }),
  reference: ({ x, state }) => ({ state: tf.add(x, state) }),
  cases: [],
  tolerance: { value: 0, grad: 0 },
});

const inputs = { x: { dtype: 'float32', shape: [256] } } as const;
const numbers = (step: number) => ({ x: Float32Array.from({ length: 256 }, (_, i) => Math.sin(step + i)) });
const total = (x: tf.Tensor) => tf.sum<tf.Scalar>(x);

/** Runs a step whose state grows in place through kernels with variants; gives its outputs and its state. */
async function grow(steps: number) {
  const [zeros, half] = [tf.zeros([256]), tf.tensor1d([0.5])];
  const state = tf.variable(zeros);
  const step = capture({
    inputs,
    outputs: ['y'],
    step: ({ x }) => {
      accumulate({ x }, { state }, {});
      return { y: total(double({ x: state }, {}).y) };
    },
  });
  const outside = double({ x: half }, {}).y;
  for (let i = 1; i <= steps; i++) await step.run(numbers(i));
  const { y } = await step.read();
  const result = {
    y: [...y],
    state: [...(await state.data())],
    outcome: step.outcome,
    outside: (await outside.data())[0],
  };
  step.dispose();
  tf.dispose([state, outside, zeros, half]);
  return result;
}

describe('timed variants', () => {
  let store: Memory;
  beforeEach(() => (store = new Memory()));

  test('the fastest is chosen; one that is wrong or does not compile is left out with a note', async () => {
    const opened = await open(store);
    const { outcome } = await grow(5);
    expect(outcome).toEqual({ captured: true });
    const { variants, notes, captured, kernels } = opened.report();
    expect(variants).toEqual([
      expect.objectContaining({ kernel: 'TestAccumulate', variant: 'quick', insteadOf: 'slow' }),
      expect.objectContaining({ kernel: 'TestDouble', shapes: '[256]', variant: 'quick', insteadOf: 'slow' }),
    ]);
    expect(Object.keys(variants[1]?.ms ?? {}).sort()).toEqual(['quick', 'slow']);
    expect(notes).toEqual([
      'TestDouble/wrong gives other results than the default on [256]',
      expect.stringMatching(/^TestDouble\/broken does not compile on this device: line \d+: .*nonsense/),
    ]);
    expect(captured).toEqual({ captured: true });
    expect(kernels).toEqual(expect.arrayContaining(['TestAccumulate', 'TestDouble', 'LabReduce']));
  });

  test('the first run of the step is undone before it runs on the winners: state grows once', async () => {
    await open(store);
    const chosen = await grow(12);
    expect(store.settled).toBeGreaterThan(1);
    await open();
    const plain = await grow(12);
    expect(chosen.state).toEqual(plain.state);
    expect(chosen.y).not.toEqual(plain.y); // another variant ran
    for (const [i, y] of chosen.y.entries()) expect(y).toBeCloseTo((plain.y[i] ?? NaN) + 256e-5, 3);
  });

  test('a choice stands: the same bits when the page is loaded again, and nothing is timed', async () => {
    await open(store);
    const first = await grow(6);
    const settled = store.settled;
    const opened = await open(store);
    const second = await grow(6);
    expect(second).toEqual(first);
    expect(store.settled).toBe(settled);
    expect(opened.report().variants).toHaveLength(2);
  });

  test('outside captured steps the default runs, whatever was chosen', async () => {
    await open(store);
    expect((await grow(4)).outside).toBe(1);
    expect((await grow(4)).outside).toBe(1);
  });

  test('a step that cannot be captured runs on the defaults, with and without choices', async () => {
    const run = async () => {
      const step = capture({
        inputs,
        outputs: ['y'],
        step: ({ x }) => {
          x.data().catch(() => undefined); // gone before it is read
          return { y: total(double({ x }, {}).y) };
        },
      });
      for (let i = 1; i <= 3; i++) await step.run(numbers(i));
      expect(step.outcome?.captured).toBe(false);
      const { y } = await step.read();
      step.dispose();
      return [...y];
    };
    await open();
    const plain = await run();
    await open(store);
    expect(await run()).toEqual(plain);
    await grow(4); // now there are choices
    expect(await run()).toEqual(plain);
  });

  test('where choices cannot be kept nothing is timed, and a note says so', async () => {
    const refuse = () => Promise.reject(new Error('no room'));
    const opened = await open({ find: refuse, settle: refuse });
    const { outcome } = await grow(4);
    expect(outcome).toEqual({ captured: true });
    expect(opened.report()).toMatchObject({ variants: [], notes: [expect.stringContaining('(no room)')] });
  });

  test('a software adapter times nothing', async () => {
    const opened = await open(store, false);
    await grow(4);
    expect(store.settled).toBe(0);
    expect(opened.report().variants).toEqual([]);
  });
});

/** Softmax regression on kernels of the lab, reached through plain tfjs and by name. */
async function regress(run: typeof capture, steps: number) {
  const weights = tf.variable(tf.tensor2d(normals(36 * 20, 1), [36, 20]));
  const momentum = tf.variable(tf.zeros([36, 20]));
  const step = run({
    inputs: { x: { dtype: 'float32', shape: [65, 36] }, labels: { dtype: 'int32', shape: [65] } },
    outputs: ['loss', 'largest'],
    step: ({ x, labels }) => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean<tf.Scalar>(softmaxCrossEntropy(tf.matMul(x, weights), labels)),
        [weights],
      );
      const [gradient] = Object.values(grads);
      if (!gradient) throw new Error('the weights have no gradient');
      const settings = tf.tensor1d([0.5, 0.9]);
      momentumUpdate({ gradient, settings }, { parameter: weights, momentum }, {});
      const shares = tf.softmax<tf.Tensor2D>(tf.matMul(x, weights));
      return { loss: value, largest: tf.mean<tf.Scalar>(tf.max(shares, 1)) };
    },
  });
  for (let i = 1; i <= steps; i++) await step.run({ x: normals(65 * 36, i), labels: integers(65, 20, i) });
  const { loss, largest } = await step.read();
  const { outcome } = step;
  step.dispose();
  tf.dispose([weights, momentum]);
  return { numbers: [...loss, ...largest], outcome };
}

test('plain tfjs on timed variants: as the defaults up to rounding, and the same when loaded again', async () => {
  const store = new Memory();
  const opened = await open(store);
  const first = await regress(capture, 8);
  expect(first.outcome).toEqual({ captured: true });
  const { variants, notes, kernels } = opened.report();
  expect(notes.filter((note) => !note.includes('too long'))).toEqual([]);
  expect(kernels).toEqual(expect.arrayContaining(['LabMatMul', 'LabReduce', 'LabSoftmax']));
  const timed = [...store.kept.values()].filter(({ ms }) => Object.keys(ms).length > 1);
  expect(timed.length).toBeGreaterThan(2);

  const again = await open(store);
  expect(await regress(capture, 8)).toEqual(first);
  expect(again.report().variants).toEqual(variants);

  await open();
  const { numbers } = await regress((definition) => new EagerStep(definition, 'the oracle'), 8);
  for (const [i, wanted] of numbers.entries())
    expect(Math.abs((first.numbers[i] ?? NaN) / wanted - 1)).toBeLessThan(1e-5);
});

describe('a run that left the finite numbers is seen on every variant', () => {
  const spoilt = [NaN, Infinity, -Infinity].flatMap((bad) =>
    [0, 5, 70, 128].map((at) => Float32Array.from({ length: 129 }, (_, i) => (i === at ? bad : Math.sin(i)))),
  );
  const rows = [...spoilt, new Float32Array(129).fill(-Infinity), new Float32Array(129).fill(Infinity)];
  /** Each number as text, without regard to rounding. */
  const kinds = (values: Iterable<number>) =>
    Array.from(values, (value) => (Number.isFinite(value) ? 'finite' : String(value)));
  const x = () => tf.stack(rows.map((row) => tf.tensor1d(row)));

  const each: [string, () => tf.Tensor, readonly { name: string }[]][] = [
    ['softmax', () => softmax({ x: x() }, {}).y, softmax.kernel.variants],
    [
      'softmaxGradient',
      () => softmaxGradient({ dy: x(), y: tf.fill([rows.length, 129], 1 / 129) }, {}).dx,
      softmaxGradient.kernel.variants,
    ],
  ];
  for (const largest of [true, false])
    each.push([
      largest ? 'largest' : 'sum',
      () => reduce({ x: tf.expandDims(x(), -1) }, { largest, chunks: 1, divisor: 1 }).y,
      reduce.kernel.variants,
    ]);

  test.each(each)('%s', async (_, run, variants) => {
    await open();
    const backend = asLab(tf.backend());
    const seen: Record<string, string[]> = {};
    for (const { name } of variants.filter((variant) => variant.name !== 'columns4')) {
      backend.forcedVariant = name;
      seen[name] = kinds(await tf.tidy(run).data());
      backend.forcedVariant = null;
    }
    expect(Object.keys(seen)).toEqual(['portable', 'tiled', 'subgroup']);
    expect(new Set(seen['portable'])).toContain('NaN');
    expect(seen['tiled']).toEqual(seen['portable']);
    expect(seen['subgroup']).toEqual(seen['portable']);
  });
});

test('timing leaves no tensor and no buffer behind', async () => {
  const store = new Memory();
  await open(store);
  const count = () => ({ ...tf.memory(), ...asLab(tf.backend()).memory() });
  await grow(4);
  const before = count();
  await grow(4);
  expect(count()).toEqual(before);
  const life = async () => {
    await grow(5);
    asLab(tf.backend()).submit();
  };
  await life();
  store.kept.clear(); // so that it times once more
  const { buffers, destroyed } = await counting(life);
  expect(buffers).toBeGreaterThan(20);
  expect(destroyed).toBe(buffers);
});

test('a winner must be faster than the default by a margin', () => {
  expect(winnerOf({ portable: 1, tiled: 0.97 }, 'portable')).toBe('portable');
  expect(winnerOf({ portable: 1, tiled: 0.9, subgroup: 0.8 }, 'portable')).toBe('subgroup');
  expect(winnerOf({}, 'portable')).toBe('portable');
});

test('IndexedDB keeps choices by adapter; the first one stands', async () => {
  const name = `test-kernels-${Math.random()}`;
  const [one, other] = [new IndexedDbChoices(name), new IndexedDbChoices(name)];
  const tiled: Choice = { variant: 'tiled', ms: { tiled: 1, portable: 2 } };
  const portable: Choice = { variant: 'portable', ms: {} };
  expect(await one.find('card', ['a'])).toEqual(new Map());
  expect(await one.settle('card', new Map([['a', tiled]]))).toEqual(new Map([['a', tiled]]));
  const both = new Map([['a', portable], ['b', portable]]); // prettier-ignore
  expect(await other.settle('card', both)).toEqual(new Map([['a', tiled], ['b', portable]])); // prettier-ignore
  expect(await one.find('card', ['b', 'c'])).toEqual(new Map([['b', portable]]));
  expect(await one.find('another card', ['a', 'b'])).toEqual(new Map());
});
