import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/data-source';
import { openCompute } from '../../src/engine/open-compute';
import { ShapeError } from '../../src/kernels/shape-error';
import { moduleFor, tensorsPerLaunch } from '../../src/kernels/tensor-groups';
import { createRng } from '../../src/math/philox-rng';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { glorotUniform, ones, Parameters } from '../../src/nn/parameters';
import { torchCases, torchStep, type TorchParameter } from '../support/torch-optimizers';

beforeAll(async () => {
  await openCompute('cpu');
});

/** A weight, which decays, and a bias, which never does, both starting at 1. */
function twoParameters(settings: Partial<OptimizerSettings> & Pick<OptimizerSettings, 'kind'>) {
  const parameters = new Parameters(createRng(0));
  const weight = parameters.create('layer.weight', [2], ones);
  const bias = parameters.create('layer.bias', [1], ones);
  const optimizer = createOptimizer(parameters, { weightDecay: 0, momentum: 0, ...settings });
  return { parameters, weight, bias, optimizer };
}

const gradientsOf = (weight: number[], bias: number[]) =>
  new Map([
    ['layer.weight', tf.tensor1d(weight)],
    ['layer.bias', tf.tensor1d(bias)],
  ]);

const slopes = [
  [0.5, -1, 0.25],
  [-0.25, 3, -0.125],
  [2, 0.5, 1],
  [0, 0, 0],
];

describe('createOptimizer', () => {
  it.each(torchCases)('follows PyTorch’s definition: %j; the bias never decays', async (settings) => {
    const { weight, bias, optimizer } = twoParameters(settings);
    const expected: TorchParameter[] = [
      { theta: [1, 1], decays: true },
      { theta: [1], decays: false },
    ];
    for (const [i, [a = 0, b = 0, c = 0]] of slopes.entries()) {
      const rate = 0.1 / (i + 1);
      optimizer.apply(gradientsOf([a, b], [c]), rate);
      torchStep(expected, [[a, b], [c]], rate, i + 1, settings);
      const got = [...(await weight.data()), ...(await bias.data())];
      for (const [at, wanted] of expected.flatMap(({ theta }) => theta).entries())
        expect(got[at]).toBeCloseTo(wanted, 5);
    }
  });

  it('gives the norm before clipping, and leaves no tensor behind', async () => {
    const { optimizer } = twoParameters({ kind: 'sgd', clipNorm: 1 });
    const gradients = gradientsOf([3, 4], [12]);
    const settings = tf.tensor1d(optimizer.settingsAt(1, 0.1));
    const before = tf.memory().numTensors;
    const { gradientNorm, nonFinite } = optimizer.applyWith(gradients, settings);
    expect((await gradientNorm.data())[0]).toBe(13);
    expect((await nonFinite.data())[0]).toBe(0);
    tf.dispose([gradientNorm, nonFinite]);
    optimizer.apply(gradients, 0.1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([NaN, Infinity, -Infinity, 1e25])(
    'changes nothing where a gradient is %d, and names it',
    async (bad) => {
      for (const kind of ['sgd', 'adamw'] as const) {
        const { weight, bias, optimizer } = twoParameters({ kind, momentum: 0.9, weightDecay: 0.1 });
        const twin = twoParameters({ kind, momentum: 0.9, weightDecay: 0.1 });
        const settings = tf.tensor1d(optimizer.settingsAt(1, 0.1));
        const { nonFinite } = optimizer.applyWith(gradientsOf([1, 2], [bad]), settings);
        expect(optimizer.parameterName((await nonFinite.data())[0] ?? NaN)).toBe('layer.bias');
        expect([...(await weight.data()), ...(await bias.data())]).toEqual([1, 1, 1]);
        for (const each of [optimizer, twin.optimizer]) each.applyWith(gradientsOf([1, 2], [3]), settings);
        expect([...(await weight.data())]).toEqual([...(await twin.weight.data())]);
      }
    },
  );

  it('names parameters by number, and no others', () => {
    const { optimizer } = twoParameters({ kind: 'sgd' });
    expect(optimizer.parameterName(1)).toBe('layer.weight');
    expect(() => optimizer.parameterName(0)).toThrow(RangeError);
    expect(() => optimizer.parameterName(3)).toThrow(RangeError);
  });

  it('refuses to skip a parameter, and a gradient of another shape', () => {
    const { optimizer } = twoParameters({ kind: 'adam' });
    expect(() => optimizer.apply(new Map(), 0.1)).toThrow('layer.weight');
    expect(() => optimizer.apply(gradientsOf([1, 2, 3], [1]), 0.1)).toThrow(ShapeError);
    expect(() => optimizer.apply(gradientsOf([1, 2, 3], [1]), 0.1)).toThrow(/gradient of layer.weight \[3\]/);
  });
});

describe('an optimizer’s state', () => {
  it.each([
    { kind: 'adamw', weightDecay: 0.1 },
    { kind: 'sgd', momentum: 0.9, nesterov: true },
  ] as const)('goes out and in, and the updates go on to the bit: %j', async (settings) => {
    const apply = ({ optimizer }: ReturnType<typeof twoParameters>, step: number) => {
      const [a = 0, b = 0, c = 0] = slopes[step - 1] ?? [];
      optimizer.applyWith(gradientsOf([a, b], [c]), tf.tensor1d(optimizer.settingsAt(step, 0.1)));
    };
    const [whole, former, later] = [
      twoParameters(settings),
      twoParameters(settings),
      twoParameters(settings),
    ];
    for (const step of [1, 2, 3, 4]) apply(whole, step);
    for (const step of [1, 2]) apply(former, step);
    const [values, state] = [await former.parameters.toArrays(), await former.optimizer.toArrays()];
    expect([...(values.get('layer.weight')?.values ?? [])]).not.toEqual([1, 1]);
    expect(later.parameters.assign(values)).toEqual(['layer.weight', 'layer.bias']);
    later.optimizer.assign(state);
    for (const step of [3, 4]) apply(later, step);
    expect(await later.parameters.toArrays()).toEqual(await whole.parameters.toArrays());
    expect(await later.optimizer.toArrays()).toEqual(await whole.optimizer.toArrays());
  });

  it('is refused where it belongs to another kind, or to other parameters', async () => {
    const { optimizer } = twoParameters({ kind: 'adam' });
    const other = await twoParameters({ kind: 'sgd' }).optimizer.toArrays();
    expect(() => optimizer.assign(other)).toThrow(DataError);
    const short = new Map([['moments', { shape: [2, 1], values: new Float32Array(2) }]]);
    expect(() => optimizer.assign(short)).toThrow(/\[2, 1\] and not \[2, 3\]/);
  });
});

describe('parameters from a file', () => {
  const make = (seed: number, names = ['block1.weight', 'block2.weight', 'head.weight']) => {
    const parameters = new Parameters(createRng(seed));
    for (const name of names) parameters.create(name, [2, 3], glorotUniform);
    return parameters;
  };

  it('are what the model starts from then, digest included, and come out as they went in', async () => {
    const [source, model] = [make(1), make(2)];
    expect(model.initDigest).not.toBe(source.initDigest);
    const tensors = await source.toArrays();
    expect(model.assign(tensors)).toEqual([...tensors.keys()]);
    expect(await model.toArrays()).toEqual(tensors);
    expect(model.initDigest).toBe(source.initDigest);
  });

  it('give a shallower model its first blocks, and leave a fresh head as it was', async () => {
    const tensors = await make(1).toArrays();
    const model = make(2, ['block1.weight', 'head.weight']);
    const head = (await model.toArrays()).get('head.weight');
    const taken = model.assign(tensors, { except: (name) => name.startsWith('head.') });
    expect(taken).toEqual(['block1.weight']);
    const now = await model.toArrays();
    expect(now.get('block1.weight')).toEqual(tensors.get('block1.weight'));
    expect(now.get('head.weight')).toEqual(head);
  });

  it('change nothing when one is missing or has another shape', async () => {
    const model = make(2);
    const [before, digest] = [await model.toArrays(), model.initDigest];
    const missing = await make(1, ['block1.weight', 'block2.weight']).toArrays();
    expect(() => model.assign(missing)).toThrow(new DataError('The stored model has no "head.weight"'));
    const bent = await make(1).toArrays();
    bent.set('head.weight', { shape: [3, 2], values: new Float32Array(6) });
    expect(() => model.assign(bent)).toThrow(/"head.weight" is \[3, 2\] and not \[2, 3\]/);
    bent.set('head.weight', { shape: [2, 3], values: new Int32Array(6) });
    expect(() => model.assign(bent)).toThrow(DataError);
    expect(await model.toArrays()).toEqual(before);
    expect(model.initDigest).toBe(digest);
  });

  it('leave no tensor behind', async () => {
    const model = make(2);
    const tensors = await make(1).toArrays();
    const before = tf.memory().numTensors;
    model.assign(tensors);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a launch over several tensors', () => {
  it('fits what a shader may bind', () => {
    expect(tensorsPerLaunch(8, 2)).toBe(6);
    expect(tensorsPerLaunch(10, 1)).toBe(9);
    expect(tensorsPerLaunch(64, 2)).toBe(16);
  });

  it('has a module with a part for each tensor and bindings in order', () => {
    const template = [
      '@binding(_) a',
      '// for each tensor #',
      '@binding(_) t#',
      '  use t#;',
      '// end',
      '@binding(_) p # stays',
      '  // for each tensor #',
      '  again#',
      '  // end',
      '',
    ].join('\n');
    expect(moduleFor(template, 2)).toBe(
      [
        '@binding(0) a',
        '@binding(1) t0',
        '  use t0;',
        '@binding(2) t1',
        '  use t1;',
        '@binding(3) p # stays',
        '  again0',
        '  again1',
        '',
      ].join('\n'),
    );
  });
});
