import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import { LAB } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import { sizeOf } from '../../src/kernels/kernel';
import '../../src/kernels/native';
import { counting } from './counting';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

interface Setting {
  x: Shape4;
  filter: Shape4;
  strides: number | [number, number];
  pad: Pad;
  dimRoundingMode?: 'floor' | 'ceil' | 'round';
}

type Shape4 = [number, number, number, number];

const random = (shape: Shape4, seed: number) => tf.tensor4d(normals(sizeOf(shape), seed), shape);
const numbers = (count: number, seed: number) => tf.tensor1d(normals(count, seed));

/** The gradient of a function of an image or a filter. */
const gradientOf = (f: (x: tf.Tensor4D) => tf.Tensor) => tf.grad((x) => f(x as tf.Tensor4D));

async function valuesOn(backend: string, run: () => tf.Tensor): Promise<[number[], Float32Array]> {
  await tf.setBackend(backend);
  const result = tf.tidy(run);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return [result.shape, values];
}

async function expectSame(
  got: () => tf.Tensor,
  want: () => tf.Tensor = got,
  backend = LAB,
  tolerance = 2e-5,
): Promise<void> {
  const [wantedShape, wanted] = await valuesOn('cpu', want);
  const [shape, values] = await valuesOn(backend, got);
  expect(shape).toEqual(wantedShape);
  expect(distance(values, wanted)).toBeLessThanOrEqual(tolerance);
}

const settings: Setting[] = [
  { x: [2, 8, 8, 3], filter: [3, 3, 3, 16], strides: 1, pad: 'same' },
  { x: [2, 7, 9, 16], filter: [3, 3, 16, 16], strides: 1, pad: 'same' },
  { x: [2, 8, 8, 16], filter: [3, 3, 16, 32], strides: 2, pad: 'same' },
  { x: [2, 9, 7, 16], filter: [3, 3, 16, 32], strides: 2, pad: 'same' },
  { x: [2, 8, 8, 16], filter: [1, 1, 16, 32], strides: 2, pad: 'valid' },
  { x: [1, 9, 11, 5], filter: [5, 4, 5, 7], strides: [2, 1], pad: 'valid' },
  { x: [3, 6, 6, 1], filter: [3, 3, 1, 4], strides: 1, pad: 2 },
  {
    x: [2, 6, 5, 4],
    filter: [2, 3, 4, 8],
    strides: [1, 3],
    pad: [
      [0, 0],
      [1, 2],
      [0, 3],
      [0, 0],
    ],
  },
  { x: [1, 8, 8, 8], filter: [3, 3, 8, 8], strides: 2, pad: 1, dimRoundingMode: 'ceil' },
  { x: [70, 4, 4, 8], filter: [3, 3, 8, 16], strides: 1, pad: 'same' },
];

describe.each(settings)('x $x, filter $filter, strides $strides, pad $pad', (setting) => {
  const { strides, pad, dimRoundingMode } = setting;
  const [x, filter] = [() => random(setting.x, 1), () => random(setting.filter, 2)];
  const convolve = (a: tf.Tensor4D, b: tf.Tensor4D) =>
    tf.conv2d(a, b, strides, pad, 'NHWC', 1, dimRoundingMode);
  const cotangent = () => random(convolve(x(), filter()).shape, 3);

  test('tf.conv2d', () => expectSame(() => convolve(x(), filter())));

  // tfjs's own gradient kernels on the CPU are the oracle; its gradient of a convolution loses the rounding mode.
  const attrs = { strides, pad, dataFormat: 'NHWC' };
  if (dimRoundingMode) return;
  test('its gradients are tfjs’s own', async () => {
    const weighted = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.sum(tf.mul(convolve(a, b), cotangent()));
    await expectSame(
      () => gradientOf((a) => weighted(a, filter()))(x()),
      () =>
        tf
          .engine()
          .runKernel(
            tf.Conv2DBackpropInput,
            { dy: cotangent(), filter: filter() },
            { ...attrs, inputShape: setting.x },
          ),
    );
    await expectSame(
      () => gradientOf((b) => weighted(x(), b))(filter()),
      () =>
        tf
          .engine()
          .runKernel(
            tf.Conv2DBackpropFilter,
            { x: x(), dy: cotangent() },
            { ...attrs, filterShape: setting.filter },
          ),
    );
  });
});

test('the gradient with respect to the filter exists on wasm, which has no kernel for it', async () => {
  const wasm = await openCompute('wasm');
  for (const { x, filter, strides, pad, dimRoundingMode } of settings) {
    if (dimRoundingMode) continue;
    const gradient = () =>
      gradientOf((b) => {
        const y = tf.conv2d(random(x, 1), b, strides, pad);
        return tf.sum(tf.mul(y, random(y.shape, 3)));
      })(random(filter, 2));
    await expectSame(gradient, gradient, 'wasm');
  }
  wasm.dispose();
  await tf.setBackend(LAB);
});

describe('tf.fused.conv2d', () => {
  test.each([
    ['linear', true],
    ['relu', true],
    ['relu', false],
    ['sigmoid', true],
  ] as const)('with %s, bias %j', async (activation, isBiased) => {
    const fused = (x: tf.Tensor4D, filter: tf.Tensor4D, bias?: tf.Tensor) =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation, ...(bias && { bias }) });
    const [x, filter] = [() => random([2, 5, 6, 4], 1), () => random([3, 3, 4, 8], 2)];
    const bias = () => (isBiased ? numbers(8, 3) : undefined);
    await expectSame(() => fused(x(), filter(), bias()));
    if (activation === 'sigmoid') return; // tfjs has no gradient for it
    const weighted = (y: tf.Tensor) => tf.sum(tf.mul(y, tf.tensor(normals(y.size, 4), y.shape)));
    await expectSame(() => gradientOf((a) => weighted(fused(a, filter(), bias())))(x()));
    await expectSame(() => gradientOf((b) => weighted(fused(x(), b, bias())))(filter()));
    if (isBiased) await expectSame(() => tf.grad((b) => weighted(fused(x(), filter(), b)))(numbers(8, 3)));
  });
});

test('what our kernels do not cover keeps tfjs’s meaning', async () => {
  const x = () => random([2, 8, 8, 3], 1);
  const filter = () => random([3, 3, 3, 4], 2);
  await expectSame(() => tf.conv2d(x(), filter(), 1, 'valid', 'NHWC', 2));
  await expectSame(
    () => tf.conv2d(tf.transpose<tf.Tensor4D>(x(), [0, 3, 1, 2]), filter(), 1, 'same', 'NCHW'),
    () => tf.transpose(tf.conv2d(x(), filter(), 1, 'same'), [0, 3, 1, 2]),
  );
  const [shape, values] = await valuesOn(LAB, () =>
    tf.conv2d(tf.zeros<tf.Rank.R4>([0, 8, 8, 3]), filter(), 1, 'same'),
  );
  expect([shape, values.length]).toEqual([[0, 8, 8, 4], 0]);
});

test('what is not a number is seen in every result that it has a part in, and nowhere else', async () => {
  const x = () => {
    const values = normals(8 * 8 * 16, 1);
    values[(3 * 8 + 4) * 16 + 5] = NaN;
    return tf.tensor4d(values, [1, 8, 8, 16]);
  };
  await expectSame(() => tf.conv2d(x(), random([3, 3, 16, 16], 2), 1, 'same'));
  await expectSame(() =>
    tf.fused.conv2d({
      x: x(),
      filter: random([3, 3, 16, 16], 2),
      strides: 1,
      pad: 'same',
      activation: 'relu',
    }),
  );
});

test('forward and backward take five launches, whatever the size', async () => {
  await tf.setBackend(LAB);
  const [x, filter] = [random([4, 8, 8, 16], 1), random([3, 3, 16, 16], 2)];
  const dy = random([4, 8, 8, 16], 3);
  const { dispatches } = await counting(() => {
    const gradients = tf.grads((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'));
    tf.dispose(gradients([x, filter], dy));
  });
  expect(dispatches).toBe(5); // forward; filter turned, input gradient; partial filter gradients, their sum
  tf.dispose([x, filter, dy]);
});

test('the same gradient twice has the same bits', async () => {
  const gradient = () =>
    gradientOf((b) => tf.sum(tf.square(tf.conv2d(random([16, 8, 8, 16], 1), b, 1, 'same'))))(
      random([3, 3, 16, 16], 2),
    );
  expect(await valuesOn(LAB, gradient)).toEqual(await valuesOn(LAB, gradient));
});
