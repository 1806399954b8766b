import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { captureEach } from '../../src/engine/capture-each';
import type { CapturedStep, StepDefinition } from '../../src/engine/captured-step';
import { EagerStep } from '../../src/engine/eager-step';
import { asLab, type LabBackend } from '../../src/engine/lab-backend';
import { MetricRing } from '../../src/engine/metric-ring';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { missingPrivates } from '../../src/engine/tfjs-private';
import '../../src/kernels/native';
import { counting } from './counting';
import { momentumUpdate } from './momentum-update';
import { smallVit } from './small-vit';

let compute: Compute;
let backend: LabBackend;
beforeAll(async () => {
  compute = await openCompute();
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
  backend = asLab(tf.backend());
});
afterAll(() => {
  compute.dispose();
});

const eager = (definition: ReturnType<typeof smallVit>['definition']) =>
  new EagerStep(definition, 'the oracle');

const allValues = (tensors: tf.Tensor[]) =>
  Promise.all(tensors.map(async (tensor) => [...(await tensor.data())]));

const fourNumbers = { x: { dtype: 'float32', shape: [4] } } as const;
type FourNumbers = typeof fourNumbers;

/** Some numbers that differ from step to step. */
const four = (step: number) => ({ x: Float32Array.of(step, 2 * step, -step, 0.5 - step) });

/** Runs a step on four numbers and gives its output of every step. */
async function outputsOf(step: CapturedStep<FourNumbers, 'y'>, steps: number, from = 1): Promise<number[]> {
  for (let i = from; i < from + steps; i++) await step.run(four(i));
  return [...(await step.read()).y];
}

/** The step captured, and the same step without capture. */
function both(make: () => StepDefinition<FourNumbers, 'y'>['step']) {
  const outputs = ['y'] as const;
  return {
    captured: capture({ inputs: fourNumbers, outputs, step: make() }),
    oracle: new EagerStep({ inputs: fourNumbers, outputs, step: make() }, 'the oracle'),
  };
}

/** Many short-lived tensors of the same size, to make buffers be used again. */
function churn(x: tf.Tensor, rounds = 40): tf.Tensor {
  let z = tf.clone(x);
  for (let i = 0; i < rounds; i++) {
    const next = tf.tidy(() => tf.add(tf.mul(z, 0.5), 1));
    z.dispose();
    z = next;
  }
  return z;
}

const total = (x: tf.Tensor) => tf.sum<tf.Scalar>(x);

describe('a captured vision transformer', () => {
  test.each([
    ['dense', undefined, 'adamw'],
    ['routed by attention', 0.4, 'adamw'],
    ['with SGD', undefined, 'sgd'],
  ] as const)('%s: 50 losses and all parameters equal tfjs’s to the last bit', async (_, capacity, kind) => {
    const settings = {
      ...(capacity ? { capacity } : {}),
      optimizer: { kind, weightDecay: 0.05, momentum: 0.9 },
    };
    const [first, second] = [smallVit(settings), smallVit(settings)];
    const [captured, oracle] = [capture(first.definition), eager(second.definition)];
    for (let i = 1; i <= 50; i++) {
      await captured.run(first.inputsAt(i));
      await oracle.run(second.inputsAt(i));
    }
    expect(captured.outcome).toEqual({ captured: true });
    const [{ loss }, { loss: wanted }] = [await captured.read(), await oracle.read()];
    expect(loss.length).toBe(50);
    expect([...loss]).toEqual([...wanted]);
    expect(new Set(loss).size).toBeGreaterThan(45);
    expect(await allValues(first.parameters)).toEqual(await allValues(second.parameters));
    for (const each of [captured, oracle, first, second]) each.dispose();
  });

  test('sends as many dispatches as tfjs does, in one submit', async () => {
    const vit = smallVit();
    const oracle = eager(vit.definition);
    const captured = capture(vit.definition, { submitMs: Infinity });
    await oracle.run(vit.inputsAt(1));
    backend.submit();
    const plain = await counting(() => oracle.run(vit.inputsAt(1)));
    for (let i = 1; i <= 3; i++) await captured.run(vit.inputsAt(i));
    const replayed = await counting(() => captured.run(vit.inputsAt(4)));
    expect(plain.submits).toBeGreaterThan(3);
    expect(replayed).toEqual({
      dispatches: plain.dispatches,
      submits: 1,
      buffers: 0,
      destroyed: 0,
      bindGroups: 0,
      pipelines: 0,
    });
    for (const each of [captured, oracle, vit]) each.dispose();
  });

  test('evaluating between replays changes nothing, and sees the state of the moment', async () => {
    const [first, second] = [smallVit(), smallVit()];
    const [captured, oracle] = [capture(first.definition), eager(second.definition)];
    const seen: number[][][] = [];
    const wanted: number[][][] = [];
    for (let i = 1; i <= 12; i++) {
      await captured.run(first.inputsAt(i));
      await oracle.run(second.inputsAt(i));
      const pending = [second.evaluate(), first.evaluate()]; // the last is not sent yet
      // It must see this step, not the next.
      if (i % 2 === 0) {
        await captured.run(first.inputsAt(100 + i));
        await oracle.run(second.inputsAt(100 + i));
      }
      seen.push(await allValues([pending[1] as tf.Tensor, ...first.parameters]));
      wanted.push(await allValues([pending[0] as tf.Tensor, ...second.parameters]));
      tf.dispose(pending);
    }
    expect(captured.outcome).toEqual({ captured: true });
    expect(seen).toEqual(wanted);
    expect([...(await captured.read()).loss]).toEqual([...(await oracle.read()).loss]);
    for (const each of [captured, oracle, first, second]) each.dispose();
  });

  test('two captures take turns without touching each other', async () => {
    const capacities = [undefined, 0.4];
    const make = (i: number) => smallVit(capacities[i] === undefined ? {} : { capacity: capacities[i] });
    const [captures, oracles] = [
      [make(0), make(1)],
      [make(0), make(1)],
    ];
    const runs = captures.map(({ definition }) => capture(definition));
    const wanted = oracles.map(({ definition }) => eager(definition));
    for (let i = 1; i <= 12; i++) {
      for (const [at, run] of runs.entries()) {
        await run.run((captures[at] as (typeof captures)[0]).inputsAt(i + at));
        await wanted[at]?.run((captures[at] as (typeof captures)[0]).inputsAt(i + at));
      }
    }
    for (const [at, run] of runs.entries()) {
      expect(run.outcome).toEqual({ captured: true });
      expect([...(await run.read()).loss]).toEqual([...((await wanted[at]?.read())?.loss ?? [])]);
    }
    for (const each of [...runs, ...wanted, ...captures, ...oracles]) each.dispose();
  });

  test('600 replays leave tensors and bytes as they were, and disposal gives everything back', async () => {
    const count = () => {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      const { numBytesInGPU } = backend.memory();
      return { numTensors, numDataBuffers, numBytes, numBytesInGPU, ids: backend.numDataIds() };
    };
    backend.submit();
    const before = count();
    const vit = smallVit();
    const captured = capture(vit.definition);
    for (let i = 1; i <= 5; i++) await captured.run(vit.inputsAt(i));
    const during = count();
    const allocated = backend.memory().numBytesAllocatedInGPU;
    for (let i = 6; i <= 100; i++) await captured.run(vit.inputsAt(1 + (i % 7)));
    const { buffers } = await counting(async () => {
      for (let i = 101; i <= 605; i++) await captured.run(vit.inputsAt(1 + (i % 7)));
    });
    expect(count()).toEqual(during);
    expect(backend.memory().numBytesAllocatedInGPU).toBe(allocated);
    expect(buffers).toBe(0);
    expect((await captured.read()).loss.length).toBe(605);
    captured.dispose();
    vit.dispose();
    backend.submit();
    expect(count()).toEqual(before);
  });
});

describe('a step that comes in several shapes', () => {
  const defined = (key: number, state: tf.Variable, momentum: tf.Variable) =>
    ({
      inputs: { x: { dtype: 'float32', shape: [key, 4] } },
      outputs: ['y', 'size'],
      step: ({ x }: { x: tf.Tensor2D }) => {
        const settings = tf.tensor1d([0.1, 0.9]);
        momentumUpdate(
          { gradient: tf.mean(tf.add(x, state), 0), settings },
          { parameter: state, momentum },
          {},
        );
        return { y: total(state), size: tf.scalar(key) };
      },
    }) as const;
  const xs = (key: number, step: number) => ({
    x: Float32Array.from({ length: key * 4 }, (_, i) => Math.sin(step + i)),
  });
  const keyAt = (step: number) => [3, 3, 5, 2, 3, 5][step % 6] ?? 1;

  test.each([8, 2, 1])('has a capture for each, at most %d, and one state', async (most) => {
    const [state, momentum] = [tf.variable(tf.zeros([4])), tf.variable(tf.zeros([4]))];
    const [other, otherMomentum] = [tf.variable(tf.zeros([4])), tf.variable(tf.zeros([4]))];
    const step = captureEach((key: number) => defined(key, state, momentum), { most });
    const [got, wanted]: [number[][], number[][]] = [[], []];
    for (let i = 0; i < 40; i++) {
      const key = keyAt(i);
      await step.run(key, xs(key, i));
      const oracle = new EagerStep(defined(key, other, otherMomentum), 'the oracle');
      await oracle.run(xs(key, i));
      const { y, size } = await oracle.read();
      wanted.push([y[0] ?? NaN, size[0] ?? NaN]);
      if (i % 7 === 0 || i === 39) {
        const { y, size } = await step.read();
        y.forEach((value, at) => got.push([value, size[at] ?? NaN]));
      }
    }
    expect(got).toEqual(wanted);
    expect(await allValues([state, momentum])).toEqual(await allValues([other, otherMomentum]));
    // With one capture at a time most steps are a capture's first, which is not verified yet.
    expect(step.outcome).toEqual(most > 2 ? { captured: true } : null);
    step.dispose();
    tf.dispose([state, momentum, other, otherMomentum]);
  });

  test('gives everything back', async () => {
    const [state, momentum] = [tf.variable(tf.zeros([4])), tf.variable(tf.zeros([4]))];
    const life = async () => {
      const step = captureEach((key: number) => defined(key, state, momentum), { most: 2 });
      for (let i = 0; i < 12; i++) await step.run(keyAt(i), xs(keyAt(i), i));
      await step.read();
      step.dispose();
      backend.submit();
    };
    await life();
    const before = { ...tf.memory(), ids: backend.numDataIds() };
    const { buffers, destroyed } = await counting(life);
    expect({ ...tf.memory(), ids: backend.numDataIds() }).toEqual(before);
    expect(buffers).toBeGreaterThan(10);
    expect(destroyed).toBe(buffers);
    tf.dispose([state, momentum]);
  });

  test('says so when one of them cannot be captured', async () => {
    const step = captureEach((key: number) => ({
      inputs: fourNumbers,
      outputs: ['y'],
      step: ({ x }) => {
        if (key === 2) x.data().catch(() => undefined);
        return { y: total(x) };
      },
    }));
    for (let i = 1; i <= 8; i++) await step.run(1 + (i % 2), four(i));
    expect(step.outcome).toEqual({ captured: false, reason: 'it reads values back' });
    expect((await step.read()).y).toHaveLength(8);
    step.dispose();
  });
});

test.each(['a capture', 'a step that cannot be captured'])(
  '%s destroys every buffer it made',
  async (kind) => {
    const life = async () => {
      let calls = 0;
      const { captured } = both(() => ({ x }) => ({
        y: total(churn(tf.mul(x, kind === 'a capture' ? 2 : ++calls), 5)),
      }));
      await outputsOf(captured, 6);
      expect(captured.outcome?.captured).toBe(kind === 'a capture');
      captured.dispose();
      backend.submit();
    };
    await life(); // fills the pool of tensors and the kept uniforms
    const { buffers, destroyed } = await counting(life);
    expect(buffers).toBeGreaterThan(10);
    expect(destroyed).toBe(buffers);
  },
);

describe('what a step may do', () => {
  test('make a constant whose buffer would be used again later in the step', async () => {
    const { captured, oracle } = both(() => ({ x }) => {
      const constant = tf.tensor1d([1, 20, 300, 4000]);
      const y = tf.mul(x, constant);
      constant.dispose();
      return { y: total(tf.add(churn(y), y)) };
    });
    expect(await outputsOf(captured, 8)).toEqual(await outputsOf(oracle, 8));
    expect(captured.outcome).toEqual({ captured: true });
    captured.dispose();
  });

  test('use a tensor that is disposed of after the capture', async () => {
    let known = tf.tensor1d([3, 5, 7, 9]);
    const { captured, oracle } = both(() => ({ x }) => ({ y: total(tf.mul(x, known)) }));
    const got = await outputsOf(captured, 4);
    known.dispose();
    const others = Array.from({ length: 20 }, (_, i) => tf.add(tf.fill([4], i), 1));
    got.push(...(await outputsOf(captured, 4, 5)));
    known = tf.tensor1d([3, 5, 7, 9]);
    expect(got).toEqual(await outputsOf(oracle, 8));
    expect(captured.outcome).toEqual({ captured: true });
    tf.dispose([...others, known]);
    captured.dispose();
  });

  test('leave the tensors of others alone, however long they are kept', async () => {
    const { captured } = both(() => ({ x }) => ({ y: total(churn(x)) }));
    const kept: tf.Tensor[] = [];
    for (let i = 1; i <= 12; i++) {
      kept.push(tf.add(tf.fill([4], i), 0), tf.add(tf.fill([1], i), 0));
      await captured.run(four(i));
    }
    expect(captured.outcome).toEqual({ captured: true });
    const numbers = await allValues(kept);
    expect(numbers).toEqual(kept.map(({ size }, at) => Array<number>(size).fill(1 + Math.floor(at / 2))));
    tf.dispose(kept);
    captured.dispose();
  });

  test('upload a variable when it first runs', async () => {
    const make = () => {
      const state = tf.variable(tf.tensor1d([1, 2, 3, 4])); // still on the processor
      return ({ x }: { x: tf.Tensor1D }) => {
        const settings = tf.tensor1d([0.1, 0.9]);
        momentumUpdate({ gradient: x, settings }, { parameter: state, momentum }, {});
        return { y: total(tf.square(state)) };
      };
    };
    let momentum = tf.variable(tf.zeros([4]));
    const { captured, oracle } = both(make);
    const got = await outputsOf(captured, 8);
    momentum = tf.variable(tf.zeros([4]));
    expect(got).toEqual(await outputsOf(oracle, 8));
    expect(captured.outcome).toEqual({ captured: true });
    captured.dispose();
  });

  test('give one of its inputs as its output', async () => {
    const inputs = { x: { dtype: 'float32', shape: [] } } as const;
    const step = capture({
      inputs,
      outputs: ['y', 'twice'],
      step: ({ x }) => ({ y: x, twice: tf.mul(x, 2) }),
    });
    for (let i = 1; i <= 6; i++) await step.run({ x: Float32Array.of(i) });
    expect(step.outcome).toEqual({ captured: true });
    const { y, twice } = await step.read();
    expect([[...y], [...twice]]).toEqual([
      [1, 2, 3, 4, 5, 6],
      [2, 4, 6, 8, 10, 12],
    ]);
    step.dispose();
  });
});

describe('what a step may not do: it then runs in tfjs, and the outcome says why', () => {
  async function expectEager(make: () => StepDefinition<FourNumbers, 'y'>['step'], reason: RegExp) {
    const { captured, oracle } = both(make);
    expect(await outputsOf(captured, 8)).toEqual(await outputsOf(oracle, 8));
    expect(captured.outcome).toEqual({ captured: false, reason: expect.stringMatching(reason) as string });
    captured.dispose();
    expect([...(await tf.add(tf.tensor1d([1]), 1).data())]).toEqual([2]);
  }

  test('read a value synchronously', async () => {
    // Read back before, so that tfjs has it on the processor: headless Chromium does not survive tfjs's own way.
    const known = tf.mul(tf.tensor1d([1, 2, 3, 4]), 2);
    await known.data();
    await expectEager(
      () =>
        ({ x }) => ({ y: tf.mul<tf.Scalar>(total(tf.mul(x, known)), known.dataSync()[0] ?? NaN) }),
      /reads values back/,
    );
    known.dispose();
  });

  test('read a value asynchronously', async () => {
    const read: Promise<unknown>[] = [];
    await expectEager(
      () =>
        ({ x }) => {
          const doubled = tf.keep(tf.mul(x, 2));
          read.push(
            doubled.data().finally(() => {
              doubled.dispose();
            }),
          );
          return { y: total(doubled) };
        },
      /reads values back/,
    );
    await expect(Promise.all(read)).resolves.toHaveLength(16);
  });

  test('use a number that changes', () =>
    expectEager(() => {
      let calls = 0;
      return ({ x }) => ({ y: total(tf.mul(x, ++calls)) });
    }, /differs from the step in y/));

  test('use a number that changes only later', async () => {
    const { captured, oracle } = both(() => {
      let calls = 0; // of which a captured step makes fewer: one at step 1, 2, 3, 10, 100
      return ({ x }) => ({ y: total(tf.mul(x, ++calls > 4 ? 2 : 1)) });
    });
    const got = await outputsOf(captured, 99);
    expect(captured.outcome).toEqual({ captured: true });
    got.push(...(await outputsOf(captured, 3, 100)));
    expect(captured.outcome).toEqual({
      captured: false,
      reason: 'from step 100 on, a replay differs from the step in y',
    });
    const wanted = await outputsOf(oracle, 102);
    expect(got.slice(99)).toEqual(wanted.slice(99)); // as tfjs from then on
    captured.dispose();
  });

  test('keep its state in a new tensor each time', () =>
    expectEager(() => {
      let mean = tf.keep(tf.zeros([4]));
      return ({ x }) => {
        const next = tf.keep(tf.add(tf.mul(mean, 0.9), x));
        mean.dispose();
        mean = next;
        return { y: total(next) };
      };
    }, /leaves 1 of its tensors behind/));

  test('assign to a variable', () =>
    expectEager(() => {
      const state = tf.variable(tf.zeros([4]));
      return ({ x }) => {
        state.assign(tf.add(tf.mul(state, 0.9), x));
        return { y: total(state) };
      };
    }, /gives the variable .* a new tensor/));

  test('change its shape', () =>
    expectEager(() => {
      let calls = 0;
      return ({ x }) => ({ y: total(tf.slice(x, 0, ++calls < 2 ? 4 : 3)) });
    }, /commands change/));
});

test('cutting a replay into submits changes nothing', async () => {
  const losses: number[][] = [];
  for (const submitMs of [Infinity, 1e-6]) {
    const vit = smallVit();
    const captured = capture(vit.definition, { submitMs });
    for (let i = 1; i <= 6; i++) await captured.run(vit.inputsAt(i));
    const { submits, dispatches } = await counting(() => captured.run(vit.inputsAt(7)));
    expect(submits).toBe(submitMs === Infinity ? 1 : Math.ceil(dispatches / 15));
    losses.push([...(await captured.read()).loss]);
    captured.dispose();
    vit.dispose();
  }
  expect(losses[1]).toEqual(losses[0]);
});

describe('errors', () => {
  test('an exception half-way leaves the backend and the step usable', async () => {
    let fails = true;
    const state = tf.variable(tf.zeros([4]));
    const momentum = tf.variable(tf.zeros([4]));
    const step = capture({
      inputs: fourNumbers,
      outputs: ['y'],
      step: ({ x }) => {
        const settings = tf.tensor1d([1, 0]);
        momentumUpdate({ gradient: x, settings }, { parameter: state, momentum }, {});
        const y = total(churn(tf.add(x, state)));
        if (fails) throw new Error('half-way');
        return { y };
      },
    });
    const before = { ...tf.memory(), ids: backend.numDataIds() };
    await expect(step.run(four(1))).rejects.toThrow('half-way');
    backend.submit();
    const after = { ...tf.memory(), ids: backend.numDataIds() };
    expect([after.numTensors, after.numDataBuffers, after.ids]).toEqual([
      before.numTensors,
      before.numDataBuffers,
      before.ids,
    ]);
    expect([...(await tf.add(tf.tensor1d([1]), 1).data())]).toEqual([2]);
    expect([...(await state.data())]).toEqual([-1, -2, 1, 0.5]); // as without capture: what was done is done
    fails = false;
    expect((await outputsOf(step, 6)).length).toBe(6);
    expect(step.outcome).toEqual({ captured: true });
    step.dispose();
    tf.dispose([state, momentum]);
  });

  test('inputs of another size or type are refused', async () => {
    const { captured, oracle } = both(() => ({ x }) => ({ y: total(x) }));
    for (const step of [captured, oracle]) {
      await expect(step.run({ x: new Float32Array(5) })).rejects.toThrow(/input x is float32 \[4\].*given 5/);
      await expect(step.run({ x: new Int32Array(4) } as unknown as { x: Float32Array })).rejects.toThrow(
        RangeError,
      );
    }
    captured.dispose();
  });

  test('a variable replaced from outside is noticed', async () => {
    const state = tf.variable(tf.ones([4]));
    const { captured } = both(() => ({ x }) => ({ y: total(tf.mul(x, state)) }));
    await outputsOf(captured, 4);
    expect(captured.outcome).toEqual({ captured: true });
    state.assign(tf.fill([4], 2));
    await expect(captured.run(four(5))).rejects.toThrow(/variable .* was replaced/);
    captured.dispose();
    state.dispose();
  });

  test('a second step before the first is through is refused', async () => {
    const { captured } = both(() => ({ x }) => ({ y: total(x) }));
    await captured.run(four(1));
    const [first, second] = [captured.run(four(2)), captured.run(four(3))]; // the first is being verified
    await expect(second).rejects.toThrow(/await it/);
    await first;
    expect([...(await captured.read()).y]).toHaveLength(2);
    captured.dispose();
    await expect(captured.run(four(4))).rejects.toThrow(/disposed of/);
  });

  test('tfjs has the private members a capture relies on', () => {
    tf.add(tf.tensor1d([1]), 1);
    expect(missingPrivates(backend)).toEqual([]);
  });
});

test('a full ring of metrics is read back by itself, and loses nothing', async () => {
  const ring = new MetricRing(backend.device, [1], 2);
  const x = tf.tensor1d([0]);
  const buffer = backend.bufferOf(x);
  for (let i = 1; i <= 5; i++) {
    if (ring.isFull) await ring.drain();
    backend.device.queue.writeBuffer(buffer, 0, Float32Array.of(i));
    const encoder = backend.device.createCommandEncoder();
    ring.encode(encoder, [buffer]);
    backend.device.queue.submit([encoder.finish()]);
  }
  expect([...(await ring.read())]).toEqual([1, 2, 3, 4, 5]);
  expect(() => {
    const encoder = backend.device.createCommandEncoder();
    for (let i = 0; i < 3; i++) ring.encode(encoder, [buffer]);
  }).toThrow(RangeError);
  ring.dispose();
});

test('other backends run the step in tfjs, with the reason', async () => {
  compute.dispose();
  for (const name of ['wasm', 'cpu'] as const) {
    const other = await openCompute(name);
    const vit = smallVit();
    const step = capture(vit.definition);
    expect(step.outcome).toEqual({ captured: false, reason: expect.stringContaining(name) as string });
    const tensors = tf.memory().numTensors;
    for (let i = 1; i <= 3; i++) await step.run(vit.inputsAt(i));
    const { loss } = await step.read();
    expect(loss.length).toBe(3);
    expect((await step.read()).loss.length).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
    step.dispose();
    vit.dispose();
    other.dispose();
  }
  compute = await openCompute();
  backend = asLab(tf.backend());
});
