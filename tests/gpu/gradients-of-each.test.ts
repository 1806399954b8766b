import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { EagerStep } from '../../src/engine/eager-step';
import { gradientsOfEach } from '../../src/engine/gradients-of-each';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { storeRow } from '../../src/kernels/store-row/store-row';
import { createRng } from '../../src/math/philox-rng';
import { createVit } from '../../src/nn/vit';
import { twoHeads } from '../support/two-heads';
import { counting } from './counting';
import { momentumUpdate } from './momentum-update';
import { distance, normals } from './random-tensor';
import { models } from './small-cnn';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const flat = (tensors: tf.Tensor[]) =>
  tf.concat1d(tensors.map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [-1])));
const rowsOf = (each: tf.NamedTensorMap[], variables: tf.Variable[]) =>
  flat(each.flatMap((map) => variables.map(({ name }) => map[name] ?? tf.scalar(NaN))));
const stacked = (losses: tf.Scalar[]) => tf.stack(losses) as tf.Tensor1D;
const sizeOf = (tensors: tf.Tensor[]) => tensors.reduce((sum, { size }) => sum + size, 0);

test('a multilayer perceptron: the bits of tf.variableGrads of each loss alone, in fewer dispatches', async () => {
  const { variables, losses, x, dispose } = twoHeads();
  const shared = () => gradientsOfEach(() => stacked(losses(x)), variables);
  const alone = (k: number) => tf.variableGrads(() => losses(x)[k] as tf.Scalar, variables);
  const [got, wanted] = tf.tidy(() => [
    rowsOf(shared().each, variables),
    flat(
      [alone(0).grads, alone(1).grads].flatMap((map) =>
        variables.map((variable) => map[variable.name] ?? tf.zerosLike(variable)),
      ),
    ),
  ]);
  expect([...(await got.data())]).toEqual([...(await wanted.data())]);
  const dispatchesOf = async (run: () => unknown) => {
    const { dispatches } = await counting(() => {
      tf.tidy(() => {
        run();
      });
    });
    return dispatches;
  };
  const forward = await dispatchesOf(() => losses(x));
  const [one, apart] = [await dispatchesOf(shared), await dispatchesOf(() => [alone(0), alone(1)])];
  // One forward pass less, and the stacking.
  expect(one).toBeLessThan(apart);
  expect(apart - one).toBeGreaterThan(forward / 2);
  tf.dispose([got, wanted]);
  dispose();
});

test('a captured step trained by the sum of such gradients equals tfjs to the last bit', async () => {
  const make = () => {
    const { variables, losses, dispose } = twoHeads();
    const momenta = variables.map(({ shape }) => tf.variable(tf.zeros(shape)));
    const length = 2 * sizeOf(variables);
    const definition = {
      inputs: { x: { dtype: 'float32', shape: [6, 5] } },
      outputs: ['total'],
      vectors: { losses: 2, gradients: length },
      step: ({ x }: { x: tf.Tensor2D }) => {
        const { values, each } = gradientsOfEach(() => stacked(losses(x)), variables);
        const settings = tf.tensor1d([0.05, 0.9]);
        for (const [i, parameter] of variables.entries()) {
          const gradient = tf.addN(each.map((map) => map[parameter.name] ?? parameter));
          momentumUpdate({ gradient, settings }, { parameter, momentum: momenta[i] ?? parameter }, {});
        }
        return { total: tf.sum<tf.Scalar>(values), losses: values, gradients: rowsOf(each, variables) };
      },
    } as const;
    return {
      definition,
      variables,
      dispose: () => {
        dispose();
        tf.dispose(momenta);
      },
    };
  };
  const [first, second] = [make(), make()];
  const [captured, oracle] = [capture(first.definition), new EagerStep(second.definition, 'the oracle')];
  let tensors = 0;
  for (let i = 1; i <= 12; i++) {
    const x = normals(30, i);
    await captured.run({ x });
    if (i === 4) tensors = tf.memory().numTensors;
    await oracle.run({ x });
    if (i === 4) await oracle.read();
  }
  const [got, wanted] = [await captured.read(), await oracle.read()];
  expect(captured.outcome).toEqual({ captured: true });
  expect([...got.losses.subarray(8)]).toEqual([...wanted.losses]);
  expect([...got.gradients.subarray((4 * got.gradients.length) / 12)]).toEqual([...wanted.gradients]);
  expect(
    [...got.total].every(
      (total, i) => total === Math.fround((got.losses[2 * i] ?? 0) + (got.losses[2 * i + 1] ?? 0)),
    ),
  ).toBe(true);
  expect(tf.memory().numTensors).toBeLessThanOrEqual(tensors);
  captured.dispose();
  oracle.dispose();
  first.dispose();
  second.dispose();
});

test.each([
  [
    'a vision transformer',
    () => {
      const shape = { patches: 16, patchValues: 4, width: 16, heads: 2, mlpRatio: 2, depth: 2, classes: 4 };
      const vit = createVit(shape, createRng(0).fork('init'));
      const x = tf.tensor3d(normals(3 * 16 * 4, 1), [3, 16, 4]);
      return { parameters: vit.parameters, logits: () => vit.forward(x).logits };
    },
  ],
  [
    'a residual network with batch norm',
    () => {
      const model = models.ResNet(0);
      const x = tf.tensor4d(normals(3 * 8 * 8 * 3, 1), [3, 8, 8, 3]);
      return { parameters: model.parameters, logits: () => model.forward(x, true).logits };
    },
  ],
])('%s on our kernels: the loss of every example', async (_, make) => {
  const { parameters, logits } = make();
  const variables = parameters.list();
  const labels = tf.tensor1d([2, 0, 1], 'int32');
  const losses = () => softmaxCrossEntropy(logits(), labels);
  const [got, wanted] = tf.tidy(() => [
    rowsOf(gradientsOfEach(losses, variables).each, variables),
    rowsOf(
      [0, 1, 2].map(
        (k) => tf.variableGrads(() => tf.sum<tf.Scalar>(tf.slice1d(losses(), k, 1)), variables).grads,
      ),
      variables,
    ),
  ]);
  const values = await got.data();
  expect([...values]).toEqual([...(await wanted.data())]);
  expect(values.filter((value) => value !== 0).length).toBeGreaterThan(values.length / 2);
  tf.dispose([got, wanted, labels]);
  parameters.dispose();
});

test('one captured step stores gradients in rows, another reads them', async () => {
  const { variables, losses, dispose } = twoHeads();
  const width = sizeOf(variables);
  const matrix = tf.variable(tf.zeros<tf.Rank.R2>([3, width]));
  const inputs = { x: { dtype: 'float32', shape: [6, 5] } } as const;
  const store = capture({
    inputs,
    outputs: ['total'],
    vectors: { stored: 2 * width },
    step: ({ x }) => {
      const { values, each } = gradientsOfEach(() => stacked(losses(x)), variables);
      for (const [k, map] of each.entries())
        storeRow(
          matrix,
          2 - k,
          variables.map(({ name }) => map[name] ?? tf.scalar(NaN)),
        );
      return { total: tf.sum<tf.Scalar>(values), stored: rowsOf(each, variables) };
    },
  });
  const weights = { weights: { dtype: 'float32', shape: [1, 3] } } as const;
  const read = capture({
    inputs: weights,
    outputs: [],
    vectors: { combined: width, gramian: 9 },
    step: ({ weights }) => ({
      combined: tf.reshape<tf.Rank.R1>(tf.matMul(weights, matrix), [-1]),
      gramian: tf.reshape<tf.Rank.R1>(tf.matMul(matrix, matrix, false, true), [-1]),
    }),
  });
  for (let i = 1; i <= 11; i++) {
    await store.run({ x: normals(30, i) });
    await read.run({ weights: Float32Array.of(5, 0, 1) });
    const [{ stored }, { combined, gramian }] = [await store.read(), await read.read()];
    // Row 2 is the first loss's, row 1 the second's, and no one wrote to row 0.
    expect([...combined]).toEqual([...stored.subarray(0, width)]);
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, at) => sum + value * (b[at] ?? NaN), 0);
    const [second, first] = [stored.subarray(0, width), stored.subarray(width)];
    const wanted = [
      0,
      0,
      0,
      0,
      dot(first, first),
      dot(first, second),
      0,
      dot(second, first),
      dot(second, second),
    ];
    expect(distance(gramian, wanted)).toBeLessThan(1e-5);
    expect(dot(first, first)).toBeGreaterThan(0.01);
  }
  expect([store.outcome, read.outcome]).toEqual([{ captured: true }, { captured: true }]);
  store.dispose();
  read.dispose();
  matrix.dispose();
  dispose();
});
