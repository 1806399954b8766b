import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { FASHION_ATTRIBUTES } from '../../src/data/attributes';
import { gradientsOfEach } from '../../src/engine/gradients-of-each';
import { openCompute } from '../../src/engine/open-compute';
import { detach } from '../../src/kernels/detach';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import { uwO } from '../../src/methods/weighting/methods/uw-o';
import { uwSo } from '../../src/methods/weighting/methods/uw-so';
import type { LossWeighting } from '../../src/methods/weighting/weighting-method';
import type { MultiTask } from '../../src/nn/multi-task-batches';
import {
  createMultiTaskModel,
  type MultiTaskModel,
  type MultiTaskShape,
} from '../../src/nn/multi-task-model';
import { vitFlops } from '../../src/nn/vit-flops';
import { referenceLosses } from '../support/float64/multi-task-mlp';
import type { NamedValues } from '../support/float64/vit';
import { everyLoss, referenceBatch, smallShape, tensorsOf } from './multi-task-fixture';
import { difference, slopes } from './weighting-zoo';

beforeAll(async () => {
  await openCompute('cpu');
  expect(tf.getBackend()).toBe('cpu');
});

const modelOf = (shape: MultiTaskShape, seed = 1) =>
  createMultiTaskModel(shape, createRng(seed).fork('init'));

/** Biases start at 0, which would hide where they are added. */
function scatterBiases(model: MultiTaskModel): void {
  const rng = createRng(2).fork('biases');
  for (const [name, variable] of model.parameters.entries())
    if (name.endsWith('.bias'))
      tf.tidy(() =>
        variable.assign(
          tf.tensor(
            Float32Array.from({ length: variable.size }, () => 0.3 * rng.normal()),
            variable.shape,
          ),
        ),
      );
}

async function read(tensor: tf.Tensor): Promise<number[]> {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}

const attributes: readonly MultiTask[] = FASHION_ATTRIBUTES.slice(0, 4).map(({ id }) => ({
  id,
  loss: 'binary-cross-entropy',
  outputs: 1,
}));

describe('losses', () => {
  it.each([0, 5])('are those of float64, one number after the other, with heads of %i', async (headWidth) => {
    for (const tasks of [
      everyLoss,
      ...everyLoss.map((task) => [task]),
      everyLoss.filter(({ id }) => id !== 'red'),
    ]) {
      const model = modelOf(smallShape(tasks, { headWidth }));
      scatterBiases(model);
      const batch = referenceBatch(7);
      const isAlone = tasks.filter(({ loss }) => loss === 'binary-cross-entropy').length === 1;
      const column = isAlone && tasks.some(({ id }) => id === 'red') ? 1 : 0;
      const { attributes: both = [] } = batch.targets;
      const own = isAlone ? both.map((row) => [row[column] ?? NaN]) : both;
      const tensors = tensorsOf(batch);
      const targets = { ...tensors.targets, attributes: tf.tensor2d(own.flat(), [7, own[0]?.length ?? 0]) };
      const losses = await read(tf.tidy(() => model.losses({ ...tensors, targets })));
      const wanted = referenceLosses(
        await model.parameters.toArrays(),
        { ...batch, targets: { ...batch.targets, attributes: own } },
        tasks,
      );
      expect(losses).toHaveLength(tasks.length);
      expect(difference(losses, wanted)).toBeLessThan(1e-6);
      model.parameters.dispose();
    }
  });

  it('have the gradients of float64', async () => {
    const model = modelOf(smallShape(everyLoss, { headWidth: 3 }));
    scatterBiases(model);
    const batch = referenceBatch(9, 4);
    const weights = [0.7, 1.3, 2, 0.1, 0.9];
    const own = await gradientsOf(model, () =>
      tf.sum(tf.mul(model.losses(tensorsOf(batch)), tf.tensor1d(weights))),
    );
    const wanted = await fixedWeightSlopes(model, batch, Float64Array.from(weights));
    for (const [name, slope] of wanted)
      expect(difference(own.get(name) ?? [], slope, 1e-3), name).toBeLessThan(2e-5);
    model.parameters.dispose();
  });

  it('have gradients of their own, from one forward pass', async () => {
    const model = modelOf(smallShape(everyLoss, { headWidth: 3 }));
    const batch = tensorsOf(referenceBatch(9, 4));
    const { values, each } = gradientsOfEach(() => model.losses(batch), model.parameters.list());
    expect(await read(values)).toEqual(await read(tf.tidy(() => model.losses(batch))));
    for (const [k, gradients] of each.entries()) {
      const alone = await gradientsOf(model, () =>
        tf.sum(tf.mul(model.losses(batch), tf.oneHot(tf.scalar(k, 'int32'), everyLoss.length))),
      );
      for (const [name, gradient] of model.parameters.byName(gradients))
        expect(difference(await read(gradient), alone.get(name) ?? []), `${k} ${name}`).toBeLessThan(1e-6);
    }
    model.parameters.dispose();
  });

  it('says what is missing', () => {
    const model = modelOf(smallShape(everyLoss));
    const batch = tensorsOf(referenceBatch(2));
    delete batch.targets['class'];
    expect(() => model.losses(batch)).toThrow('The batch has no targets for class');
    model.parameters.dispose();
  });
});

async function gradientsOf(model: MultiTaskModel, loss: () => tf.Scalar): Promise<Map<string, number[]>> {
  const named = tf.tidy(() =>
    Object.fromEntries(model.parameters.byName(tf.variableGrads(loss, model.parameters.list()).grads)),
  );
  const entries = Object.entries(named).map(
    async ([name, gradient]) => [name, await read(gradient)] as const,
  );
  return new Map(await Promise.all(entries));
}

/** Gradients of Σₖ wₖ Lₖ at constant weights, by central differences in float64. */
async function fixedWeightSlopes(
  model: MultiTaskModel,
  batch: ReturnType<typeof referenceBatch>,
  weights: Float64Array,
): Promise<Map<string, Float64Array>> {
  const parameters: NamedValues = await model.parameters.toArrays();
  return new Map(
    [...parameters].map(([name, { shape, values }]) => [
      name,
      slopes(
        (moved) =>
          referenceLosses(new Map(parameters).set(name, { shape, values: moved }), batch, everyLoss).reduce(
            (sum, loss, k) => sum + (weights[k] ?? NaN) * loss,
            0,
          ),
        Float64Array.from(values),
        1e-6,
      ),
    ]),
  );
}

describe('a step with weights of its own losses', () => {
  const methods: [string, LossWeighting][] = [
    ['UW-O', uwO()],
    ['UW-SO', uwSo({ temperature: 2 })],
  ];

  /** Gradients of Σₖ wₖ αₖ Lₖ, w of the detached αₖ Lₖ, as a training step computes them. */
  const stepGradients = (model: MultiTaskModel, method: LossWeighting, scales: number[]) =>
    gradientsOf(model, () => {
      const losses: tf.Tensor1D = tf.mul(model.losses(tensorsOf(referenceBatch(9))), tf.tensor1d(scales));
      const rng = createDeviceRng(createRng(1), tf.tensor1d([1], 'int32'));
      const weights = method.onDevice?.weights(detach(losses), { learned: null, rng });
      if (!weights) throw new Error('The method does not run on the device');
      return tf.sum(tf.mul(weights, losses));
    });

  it.each(methods)('%s: has the gradient of the losses with those weights held fixed', async (_, method) => {
    const model = modelOf(smallShape(everyLoss));
    scatterBiases(model);
    const batch = referenceBatch(9);
    const losses = referenceLosses(await model.parameters.toArrays(), batch, everyLoss);
    const { weights } = method.weigh(losses, {}, { epoch: 0, rng: createRng(1) });
    const wanted = await fixedWeightSlopes(model, batch, weights);
    const own = await stepGradients(model, method, [1, 1, 1, 1, 1]);
    for (const [name, slope] of wanted) {
      expect(Math.max(...slope.map(Math.abs)), name).toBeGreaterThan(1e-3);
      expect(difference(own.get(name) ?? [], slope, 1e-3), name).toBeLessThan(2e-5);
    }
    model.parameters.dispose();
  });

  it('UW-O does not change when losses are multiplied by constants, UW-SO does', async () => {
    const model = modelOf(smallShape(everyLoss));
    const changes = await Promise.all(
      methods.map(async ([, method]) => {
        const plain = await stepGradients(model, method, [1, 1, 1, 1, 1]);
        const scaled = await stepGradients(model, method, [100, 0.01, 1, 7, 1]);
        return Math.max(
          ...[...plain].map(([name, gradient]) => difference(gradient, scaled.get(name) ?? [], 1e-3)),
        );
      }),
    );
    expect(changes[0]).toBeLessThan(1e-5);
    expect(changes[1]).toBeGreaterThan(0.1);
    model.parameters.dispose();
  });
});

describe('parameters', () => {
  const trunks: Partial<MultiTaskShape>[] = [
    { trunk: 'mlp' },
    { trunk: 'cnn', inputShape: [7, 6, 2] },
    { trunk: 'vit', inputShape: [4, 9] },
  ];

  it.each(trunks)('of a single-task network start as those of the multi-task one: %o', async (more) => {
    for (const headWidth of [0, 3])
      for (const tasks of [everyLoss, attributes]) {
        const all = modelOf(smallShape(tasks, { ...more, headWidth }));
        const wanted = await all.parameters.toArrays();
        for (const [k, task] of tasks.entries()) {
          const alone = modelOf(smallShape([task], { ...more, headWidth }));
          const binary = tasks.filter(({ loss }) => loss === 'binary-cross-entropy');
          for (const [name, { values }] of await alone.parameters.toArrays()) {
            const other = Array.from(wanted.get(name)?.values ?? []);
            const expected = name.startsWith('head.attributes.')
              ? other.filter((_, i) => i % binary.length === binary.indexOf(task))
              : other;
            expect(Array.from(values), `${name} of ${task.id}, ${k}`).toEqual(expected);
            if (name.endsWith('weight')) expect(new Set(values).size).toBeGreaterThan(1);
            expect(alone.isShared(name)).toBe(name.startsWith('trunk.'));
            expect(alone.taskOf(name)).toBe(name.startsWith('trunk.') ? null : task.id);
          }
          alone.parameters.dispose();
        }
        all.parameters.dispose();
      }
  });

  it('of a binary task alone give the same logits as among others', async () => {
    for (const headWidth of [0, 3]) {
      const [all, alone] = [attributes, attributes.slice(2, 3)].map((tasks) =>
        modelOf(smallShape(tasks, { headWidth })),
      );
      const { input } = tensorsOf(referenceBatch(5));
      const [joint = [], own = []] = await Promise.all(
        [all, alone].map((model) =>
          read(tf.tidy(() => model?.forward(input).get('attributes') ?? tf.zeros([0]))),
        ),
      );
      expect(own).toHaveLength(5);
      expect(
        difference(
          own,
          joint.filter((_, i) => i % attributes.length === 2),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  it('belong to the trunk, to the one task of their head, or to no single task', () => {
    const model = modelOf(smallShape(everyLoss, { headWidth: 4 }));
    expect(
      Object.fromEntries(
        [...model.parameters.entries()].map(([name]) => [name, [model.isShared(name), model.taskOf(name)]]),
      ),
    ).toEqual({
      'trunk.layer1.weight': [true, null],
      'trunk.layer1.bias': [true, null],
      'trunk.layer2.weight': [true, null],
      'trunk.layer2.bias': [true, null],
      'head.class.hidden.weight': [false, 'class'],
      'head.class.hidden.bias': [false, 'class'],
      'head.class.weight': [false, 'class'],
      'head.class.bias': [false, 'class'],
      'head.attributes.hidden.weight': [false, null],
      'head.attributes.hidden.bias': [false, null],
      'head.attributes.weight': [false, null],
      'head.attributes.bias': [false, null],
      'head.angle.hidden.weight': [false, 'angle'],
      'head.angle.hidden.bias': [false, 'angle'],
      'head.angle.weight': [false, 'angle'],
      'head.angle.bias': [false, 'angle'],
      'head.clean.hidden.weight': [false, 'clean'],
      'head.clean.hidden.bias': [false, 'clean'],
      'head.clean.weight': [false, 'clean'],
      'head.clean.bias': [false, 'clean'],
    });
    model.parameters.dispose();
  });
});

describe('the forward pass', () => {
  it.each([
    ['mlp', [4, 4, 1], 3],
    ['cnn', [7, 6, 2], 1],
    ['cnn', [9, 9, 1], 2],
    ['cnn', [5, 5, 1], 4],
    ['vit', [4, 9], 2],
  ] as const)(
    'of %s on %j with depth %i has an output of its own for every task',
    async (trunk, inputShape, depth) => {
      const model = modelOf(smallShape(everyLoss, { trunk, inputShape, depth }));
      const input = tf.randomNormal([3, ...inputShape], 0, 1, 'float32', 5);
      const outputs = tf.tidy(() => Object.fromEntries(model.forward(input)));
      expect(Object.entries(outputs).map(([group, { shape }]) => [group, shape])).toEqual([
        ['class', [3, 3]],
        ['attributes', [3, 2]],
        ['angle', [3, 1]],
        ['clean', [3, 6]],
      ]);
      for (const output of Object.values(outputs))
        for (const value of await read(output)) expect(value).not.toBeNaN();
      model.parameters.dispose();
    },
  );

  it('is refused where there is nothing to compute', () => {
    expect(() => modelOf(smallShape([]))).toThrow('one task or more');
    expect(() => modelOf(smallShape(everyLoss, { depth: 0 }))).toThrow('not 0 of 8');
    expect(() => modelOf(smallShape(everyLoss, { width: 1.5 }))).toThrow('not 2 of 1.5');
    expect(() => modelOf(smallShape(everyLoss, { trunk: 'cnn', inputShape: [4, 9] }))).toThrow('[4, 9]');
    expect(() => modelOf(smallShape(everyLoss, { trunk: 'vit' }))).toThrow('[2, 3, 1]');
  });
});

describe('multiply-accumulates', () => {
  const tasks: readonly MultiTask[] = [
    { id: 'left', loss: 'cross-entropy', outputs: 10 },
    { id: 'right', loss: 'cross-entropy', outputs: 10 },
  ];
  const flopsOf = (more: Partial<MultiTaskShape>) => modelOf(smallShape(tasks, more)).flopsPerImage;

  it('are those of every product of a forward pass', () => {
    const square = { inputShape: [36, 36, 1], width: 32, depth: 2 } as const;
    expect(flopsOf(square)).toBe(36 * 36 * 32 + 32 * 32 + 2 * 320);
    expect(flopsOf({ ...square, headWidth: 16 })).toBe(36 * 36 * 32 + 32 * 32 + 2 * (32 * 16 + 160));
    expect(flopsOf({ ...square, trunk: 'cnn' })).toBe(
      36 * 36 * 9 * 16 + 18 * 18 * 9 * 16 * 32 + 9 * 9 * 32 * 32 + 2 * 320,
    );
    const vit = {
      tokens: 16,
      patches: 16,
      patchValues: 49,
      width: 32,
      mlpRatio: 2,
      classes: 32,
      tokensPerBlock: [16, 16],
    };
    expect(flopsOf({ ...square, trunk: 'vit', inputShape: [16, 49] })).toBe(vitFlops(vit) + 2 * 320);
    const shape = smallShape(attributes, square);
    expect(modelOf(shape).flopsPerImage).toBe(36 * 36 * 32 + 32 * 32 + 32 * 4);
    expect(modelOf({ ...shape, headWidth: 6 }).flopsPerImage).toBe(36 * 36 * 32 + 32 * 32 + 4 * (32 * 6 + 6));
  });
});
