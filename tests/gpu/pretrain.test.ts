import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/data-source';
import { encodeSafetensors, type NamedArray } from '../../src/data/safetensors';
import { capture } from '../../src/engine/capture';
import type { CapturedStep } from '../../src/engine/captured-step';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { createVit } from '../../src/nn/vit';
import { DivergedError } from '../../src/run/diverged-error';
import type { PhaseEvent } from '../../src/run/events';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { openCheckpoints } from '../../src/run/opfs-checkpoints';
import { loadModel, saveModel } from '../../src/training/model-file';
import { pretrained, type Pretrained, type PretrainingPlan } from '../../src/training/pretrain';
import { integers, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const shape = { patches: 9, patchValues: 4, width: 16, heads: 2, mlpRatio: 2, depth: 2, classes: 4 };
const BATCH = 8;
const STEPS = 14; // past the step that is compared once more

/** A tiny vision transformer, its training on made-up images, and a training step as runs capture it. */
function tinyTraining({ seed = 0, ...settings }: Partial<OptimizerSettings> & { seed?: number } = {}) {
  const model = createVit(shape, createRng(seed).fork('init'));
  const optimizer = createOptimizer(model.parameters, {
    ...{ kind: 'adamw', weightDecay: 0.05, momentum: 0.9, clipNorm: 1 },
    ...settings,
  });
  const imagesOf = (step: number) => normals(BATCH * shape.patches * shape.patchValues, step);
  const step = capture({
    inputs: {
      images: { dtype: 'float32', shape: [BATCH, shape.patches, shape.patchValues] },
      labels: { dtype: 'int32', shape: [BATCH] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
    },
    outputs: ['loss', 'gradientNorm', 'nonFinite'],
    step({ images, labels, settings }) {
      const { value, grads } = tf.variableGrads(
        () => softmaxCrossEntropy(model.forward(images).logits, labels, { reduction: 'mean' }),
        model.parameters.list(),
      );
      return { loss: value, ...optimizer.applyWith(model.parameters.byName(grads), settings) };
    },
  });
  return {
    ...{ step, optimizer, parameters: model.parameters, totalSteps: STEPS },
    inputsAt: (at: number) => ({
      images: imagesOf(at),
      labels: integers(BATCH, shape.classes, at),
      settings: optimizer.settingsAt(at, 1e-2 / Math.sqrt(at)),
    }),
    async *evaluate(): AsyncGenerator<PhaseEvent, Record<string, number>, void> {
      yield { kind: 'phase', phase: 'evaluating' };
      const logits = tf.tidy(
        () => model.forward(tf.tensor3d(imagesOf(999), [BATCH, shape.patches, shape.patchValues])).logits,
      );
      const [loss = NaN] = await logits.data();
      logits.dispose();
      return { testAccuracy: 0.5, testLoss: loss };
    },
    dispose() {
      for (const held of [step, optimizer, model.parameters]) held.dispose();
    },
  };
}
type Tiny = ReturnType<typeof tinyTraining>;
type TinyInputs = Tiny['step'] extends CapturedStep<infer I, string> ? I : never;

/** Says what to pre-train and counts how often it was made and how many steps it ran. */
function planOf(over: Partial<Tiny> = {}, make = tinyTraining) {
  const counted = { made: 0, alive: 0, steps: 0 };
  const plan: PretrainingPlan<TinyInputs> = {
    ...{ name: 'tiny', what: 'the tiny model', about: { spec: '{"depth":2}', seed: '0' } },
    create() {
      const training = { ...make(), ...over };
      counted.made++;
      counted.alive++;
      return {
        ...training,
        step: {
          read: () => training.step.read(),
          run(inputs) {
            counted.steps++;
            return training.step.run(inputs);
          },
        },
        dispose() {
          counted.alive--;
          training.dispose();
        },
      };
    },
  };
  return { plan, counted };
}

const contextOf = (checkpoints = new MemoryCheckpoints(), abort = new AbortController()) => ({
  ...{ checkpoints, abort, signal: abort.signal },
  reportDue: () => true,
});

/** Pulls a pre-training to its end, and gives its model and all that it told. */
async function finish(
  events: AsyncGenerator<PhaseEvent, Pretrained, void>,
  heard: (event: PhaseEvent) => void = () => undefined,
): Promise<Pretrained & { told: PhaseEvent[] }> {
  const told: PhaseEvent[] = [];
  for (;;) {
    const next = await events.next();
    if (next.done === true) return { ...next.value, told };
    told.push(next.value);
    heard(next.value);
  }
}

const bitsOf = (tensors: ReadonlyMap<string, NamedArray>) =>
  [...tensors].map(([name, { shape, values }]) => [
    name,
    shape.join(),
    new Uint32Array(values.slice().buffer).join(),
  ]);

/** The model as a run that nobody disturbs pre-trains it. */
let undisturbed: Pretrained;
beforeAll(async () => {
  undisturbed = await finish(pretrained(planOf().plan, contextOf()));
});
const expectSame = (got: Pretrained) => {
  expect(bitsOf(got.tensors)).toEqual(bitsOf(undisturbed.tensors));
  expect(got.metadata).toEqual(undisturbed.metadata);
};

describe('pre-training', () => {
  it('trains once, tells how far it is, keeps the model and leaves nothing on the device', async () => {
    const { plan, counted } = planOf();
    const context = contextOf();
    const before = tf.memory().numTensors;
    const got = await finish(pretrained(plan, context));
    expectSame(got);
    expect(tf.memory().numTensors).toBe(before);
    expect(got.stepsTrained).toBe(STEPS);
    expect(counted).toEqual({ made: 1, alive: 0, steps: STEPS });
    expect(got.metadata).toMatchObject({ ...plan.about, steps: String(STEPS), testAccuracy: '0.5' });
    expect(got.trouble).toBeUndefined();
    const done = got.told.flatMap(({ phase, progress }) =>
      phase === 'pretraining' && progress ? [progress.done] : [],
    );
    expect(done).toEqual(Array.from({ length: STEPS + 1 }, (_, i) => i));
    expect(got.told.at(-1)?.phase).toBe('evaluating');
    expect(bitsOf((await loadModel(context.checkpoints, 'tiny'))?.tensors ?? new Map())).toEqual(
      bitsOf(got.tensors),
    );
    expect(await context.checkpoints.read('tiny.unfinished')).toBeNull();
  });

  it('takes no step where the model is there', async () => {
    const context = contextOf();
    await finish(pretrained(planOf().plan, context));
    const { plan, counted } = planOf();
    const found = await finish(pretrained(plan, context));
    expectSame(found);
    expect(found.stepsTrained).toBe(0);
    expect(counted).toMatchObject({ alive: 0, steps: 0 });
    const model = tinyTraining({ seed: 5 });
    model.parameters.assign(found.tensors);
    const twin = tinyTraining();
    twin.parameters.assign(undisturbed.tensors);
    expect(model.parameters.initDigest).toBe(twin.parameters.initDigest);
    for (const each of [model, twin]) each.dispose();
  });

  it.each([1, 3, 11])('stopped after %d steps and taken up again, gives the same bits', async (stopAt) => {
    for (const kind of ['adamw', 'sgd'] as const) {
      const make = () => tinyTraining({ kind });
      const whole = await finish(pretrained(planOf({}, make).plan, contextOf()));
      const context = contextOf();
      const first = planOf({}, make);
      const stopped = finish(pretrained(first.plan, context), ({ progress }) => {
        if (progress?.done === stopAt) context.abort.abort();
      });
      await expect(stopped).rejects.toThrow('aborted');
      expect(first.counted).toEqual({ made: 1, alive: 0, steps: stopAt });
      const { plan, counted } = planOf({}, make);
      const got = await finish(pretrained(plan, contextOf(context.checkpoints)));
      expect(counted.steps).toBe(STEPS - stopAt);
      expect(got.stepsTrained).toBe(STEPS - stopAt);
      expect(bitsOf(got.tensors)).toEqual(bitsOf(whole.tensors));
      expect(got.metadata).toEqual(whole.metadata);
    }
  });

  it('closed instead of stopped, keeps what it has as well; killed, what it saved last', async () => {
    const closed = contextOf();
    const events = pretrained(planOf().plan, closed);
    await closedAt(events, 4);
    const { plan, counted } = planOf();
    expectSame(await finish(pretrained(plan, closed)));
    expect(counted.steps).toBe(STEPS - 4);

    // Saves after every step, and is never heard of again: its claim goes with it, so the files are copied.
    const killed = contextOf();
    const left = pretrained(planOf().plan, killed, { saveMs: 0 });
    await closedAt(left, 6, false);
    const copy = new MemoryCheckpoints();
    await copy.write(
      'tiny.unfinished',
      Uint8Array.from((await killed.checkpoints.read('tiny.unfinished')) ?? []),
    );
    const later = planOf();
    expectSame(await finish(pretrained(later.plan, contextOf(copy))));
    expect(later.counted.steps).toBe(STEPS - 5); // the sixth was told before it was saved
    await left.return(undisturbed);
  });

  it('goes on with the evaluation alone where only that was missing', async () => {
    const context = contextOf();
    const stopped = finish(
      pretrained(
        planOf({
          async *evaluate() {
            context.abort.abort();
            context.signal.throwIfAborted();
            return { accuracy: 0, loss: 0 };
          },
        }).plan,
        context,
      ),
    );
    await expect(stopped).rejects.toThrow('aborted');
    const { plan, counted } = planOf();
    expectSame(await finish(pretrained(plan, contextOf(context.checkpoints))));
    expect(counted.steps).toBe(0);
  });

  it.each(['memory', 'the browser’s files'])('two runs at once train once: in %s', async (where) => {
    const memory = new MemoryCheckpoints();
    const open = () => (where === 'memory' ? Promise.resolve(memory) : openCheckpoints());
    const [first, second] = [planOf(), planOf()];
    const run = async ({ plan }: typeof first) =>
      finish(pretrained(plan, { ...contextOf(), checkpoints: await open() }));
    const both = await Promise.all([run(first), run(second)]);
    for (const got of both) expectSame(got);
    expect(first.counted.steps + second.counted.steps).toBe(STEPS);
    const waited = both.find(({ stepsTrained }) => stepsTrained === 0);
    expect(waited?.told.map(({ detail }) => detail)).toContain(
      'waiting for another run, which pre-trains the tiny model',
    );
    await (await open()).remove('tiny');
  });

  it('stops at once while it waits for another run, and leaves that one its claim', async () => {
    const context = contextOf();
    const release = await context.checkpoints.claim('tiny', new AbortController().signal);
    const { plan, counted } = planOf();
    const waiting = finish(pretrained(plan, context), ({ detail }) => {
      if (detail?.startsWith('waiting')) setTimeout(() => context.abort.abort(), 20);
    });
    await expect(waiting).rejects.toThrow('aborted');
    expect(counted.made).toBe(0);
    const next = finish(pretrained(planOf().plan, contextOf(context.checkpoints)));
    release();
    expectSame(await next);
  });

  it.each<[string, (file: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>]>([
    ['cut off', (file) => file.slice(0, -5)],
    ['empty', () => new Uint8Array()],
    ['of another model', () => encodeSafetensors({ ...undisturbed, metadata: { spec: '{}', seed: '0' } })],
    ['of other shapes', () => encodeSafetensors(bent({ steps: '3' }))],
    ['of other shapes, unfinished', () => encodeSafetensors(bent({ step: '3' }))],
    ['beyond the last step', () => encodeSafetensors({ ...undisturbed, metadata: { step: '900' } })],
  ])('replaces a file that is %s', async (_, spoil) => {
    const good = encodeSafetensors(undisturbed);
    const context = contextOf();
    await context.checkpoints.write('tiny', spoil(good));
    await context.checkpoints.write('tiny.unfinished', spoil(good));
    const { plan, counted } = planOf();
    expectSame(await finish(pretrained(plan, context)));
    expect(counted).toMatchObject({ alive: 0, steps: STEPS });
    expect(await context.checkpoints.read('tiny')).toEqual(good);
  });

  /** The model with a tensor of another shape, as a file that is about the right thing. */
  function bent(metadata: Record<string, string>) {
    const tensors = new Map(undisturbed.tensors);
    tensors.set('head.bias', { shape: [1], values: new Float32Array(1) });
    return { tensors, metadata: { ...planOf().plan.about, ...metadata } };
  }

  it('finishes where nothing can be written, and says that the model was not kept', async () => {
    const context = contextOf();
    context.checkpoints.write = () => Promise.reject(new Error('the disk is full'));
    const got = await finish(pretrained(planOf().plan, context, { saveMs: 0 }));
    expectSame(got);
    expect(got.trouble).toBe('the disk is full');
  });

  it('that diverges says so, names the number and the model, and leaves nothing of it', async () => {
    const context = contextOf();
    const poisoned = (at: number) => ({
      ...undisturbedInputs(at),
      settings: Float32Array.from(undisturbedInputs(at).settings, (x) => (at === 6 ? NaN : x)),
    });
    const { plan, counted } = planOf({ inputsAt: poisoned });
    const ended = finish(pretrained(plan, context, { saveMs: 0 }));
    const error = await ended.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DivergedError);
    expect(String(error)).toMatch(/While the tiny model was pre-trained: the gradient of .* at step 7\./);
    expect(counted.alive).toBe(0);
    expect(await context.checkpoints.read('tiny.unfinished')).toBeNull();
    expect(await context.checkpoints.read('tiny')).toBeNull();
  });
});

/** Inputs that do not depend on the training they are for. */
function undisturbedInputs(at: number) {
  const training = tinyTraining();
  const inputs = training.inputsAt(at);
  training.dispose();
  return inputs;
}

/** Pulls until `done` steps are told, then closes the generator unless told not to. */
async function closedAt(
  events: AsyncGenerator<PhaseEvent, Pretrained, void>,
  done: number,
  closes = true,
): Promise<void> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error('it came to its end');
    if (next.value.progress?.done === done) break;
  }
  if (closes) await events.return(undisturbed);
}

describe('values that are assigned', () => {
  it('are those that a captured step goes on with, whether it was captured before or after', async () => {
    const [model, twin] = [tinyTraining(), tinyTraining({ seed: 3 })];
    const losses: number[][] = [];
    const rewind = async () => {
      model.parameters.assign(undisturbed.tensors);
      model.optimizer.assign(await twin.optimizer.toArrays()); // zeros: it has not begun
    };
    for (let round = 0; round < 3; round++) {
      await rewind();
      for (let at = 1; at <= 5; at++) await model.step.run(model.inputsAt(at));
      losses.push([...(await model.step.read()).loss]);
    }
    expect(model.step.outcome).toEqual({ captured: true });
    expect(losses[0]).toHaveLength(5);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).toEqual(losses[0]);
    for (const each of [model, twin]) each.dispose();
  });

  it('are read back as they are, also between replayed steps', async () => {
    const model = tinyTraining();
    for (let at = 1; at <= 5; at++) await model.step.run(model.inputsAt(at));
    const before = await model.parameters.toArrays();
    await model.step.run(model.inputsAt(6));
    expect(bitsOf(await model.parameters.toArrays())).not.toEqual(bitsOf(before));
    model.parameters.assign(before);
    expect(bitsOf(await model.parameters.toArrays())).toEqual(bitsOf(before));
    model.dispose();
  });
});

describe('a model’s file', () => {
  it('comes back as it was, is missing where there is none, and says when it is spoilt', async () => {
    const checkpoints = new MemoryCheckpoints();
    const model = tinyTraining();
    expect(await loadModel(checkpoints, 'run-1')).toBeNull();
    await saveModel(checkpoints, 'run-1', await model.parameters.toArrays(), { step: '3' });
    const file = await loadModel(checkpoints, 'run-1');
    expect(file?.metadata).toEqual({ step: '3' });
    expect(bitsOf(file?.tensors ?? new Map())).toEqual(bitsOf(await model.parameters.toArrays()));
    await checkpoints.write('run-1', Uint8Array.of(1));
    await expect(loadModel(checkpoints, 'run-1')).rejects.toThrow(DataError);
    model.dispose();
  });
});
