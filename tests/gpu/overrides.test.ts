import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { batchMatMulGradConfig } from '@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad';
import { meanGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Mean_grad';
import { softmaxGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Softmax_grad';
import { sumGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Sum_grad';
import { describe, expect, test } from 'vitest';
import { LAB } from '../../src/engine/lab-backend';
import { openCompute } from '../../src/engine/open-compute';
import { sizeOf, type Shape } from '../../src/kernels/kernel';
import '../../src/kernels/native';
import { distance, integers, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

/** A tensor of normal numbers on the current backend. */
const random = (shape: Shape, seed: number) => tf.tensor(normals(sizeOf(shape), seed), [...shape]);

async function on(
  backend: string,
  compute: () => tf.Tensor,
): Promise<{ shape: number[]; dtype: string; data: Float32Array }> {
  await tf.setBackend(backend);
  const result = tf.tidy(compute);
  const data = (await result.data()) as Float32Array;
  const { shape, dtype } = result;
  result.dispose();
  return { shape, dtype, data };
}

/** The same computation on our kernels and on tfjs's CPU backend. */
async function expectSame(compute: () => tf.Tensor, tolerance = 1e-5): Promise<void> {
  const want = await on('cpu', compute);
  const got = await on(LAB, compute);
  expect([got.shape, got.dtype]).toEqual([want.shape, want.dtype]);
  expect(distance(got.data, want.data)).toBeLessThanOrEqual(tolerance);
}

/** One gradient as tfjs's own definition gives it, whatever is registered. */
function gradientOf(
  config: tf.GradConfig,
  input: string,
  dy: tf.Tensor,
  saved: tf.Tensor[],
  attrs: tf.NamedAttrMap,
): tf.Tensor {
  const gradient = config.gradFunc(dy, saved, attrs)[input];
  if (!gradient) throw new Error(`no gradient for ${input}`);
  return gradient();
}

const withCotangent = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => {
  const y = f(x);
  return tf.sum(tf.mul(y, random(y.shape, 77)));
};

describe('matMul', () => {
  const shapes: [Shape, Shape, boolean, boolean][] = [
    [[3, 5], [5, 7], false, false],
    [[5, 3], [7, 5], true, true],
    [[2, 5, 3], [2, 5, 4], true, false],
    [[4, 6, 8], [8, 12], false, false],
    [[4, 6, 8], [12, 8], false, true],
    [[4, 8, 6], [8, 12], true, false],
    [[6, 8], [4, 8, 12], false, false],
    [[2, 3, 5, 8], [2, 3, 8, 5], false, false],
    [[2, 3, 49, 16], [2, 3, 49, 16], false, true],
    [[1, 300], [300, 1], false, false],
    [[64, 520], [520, 36], false, false],
  ];
  test.each(shapes)('[%j]·[%j], transposed %j %j: value', async (a, b, transposeA, transposeB) => {
    await expectSame(() => tf.matMul(random(a, 1), random(b, 2), transposeA, transposeB), 2e-5);
  });
  test.each(shapes)('[%j]·[%j], transposed %j %j: gradients', async (a, b, transposeA, transposeB) => {
    const f = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
    await expectSame(() => tf.grad(withCotangent((x) => f(x, random(b, 2))))(random(a, 1)), 2e-5);
    await expectSame(() => tf.grad(withCotangent((y) => f(random(a, 1), y)))(random(b, 2)), 2e-5);
  });
  test('its gradient is tfjs’s own where nothing is broadcast', async () => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = transposeA ? [2, 5, 3] : [2, 3, 5];
        const b = transposeB ? [2, 4, 5] : [2, 5, 4];
        const attrs = { transposeA, transposeB } as unknown as tf.NamedAttrMap;
        const tfjs = (name: string) =>
          gradientOf(batchMatMulGradConfig, name, random([2, 3, 4], 77), [random(a, 1), random(b, 2)], attrs);
        const f = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
        const wantA = await on('cpu', () => tfjs('a'));
        const gotA = await on(LAB, () => tf.grad(withCotangent((x) => f(x, random(b, 2))))(random(a, 1)));
        expect(distance(gotA.data, wantA.data)).toBeLessThan(1e-5);
        const wantB = await on('cpu', () => tfjs('b'));
        const gotB = await on(LAB, () => tf.grad(withCotangent((y) => f(random(a, 1), y)))(random(b, 2)));
        expect(distance(gotB.data, wantB.data)).toBeLessThan(1e-5);
      }
    }
  });
  test('a shared factor gets the sum of its gradients over the batch', async () => {
    // Against the same product with the factor repeated by hand, whose gradient tfjs gets right.
    const shared = await on(LAB, () =>
      tf.grad(withCotangent((w) => tf.matMul(random([4, 6, 8], 1), w)))(random([8, 12], 2)),
    );
    const tiled = await on('cpu', () =>
      tf.grad(withCotangent((w) => tf.matMul(random([4, 6, 8], 1), tf.tile(tf.expandDims(w, 0), [4, 1, 1]))))(
        random([8, 12], 2),
      ),
    );
    expect(distance(shared.data, tiled.data)).toBeLessThan(2e-5);
  });
  test('both factors may be broadcast crosswise', async () => {
    // tfjs's own CPU kernel gets this wrong: repeated by hand for the comparison.
    const [a, b] = [() => random([2, 1, 5, 8], 1), () => random([3, 8, 5], 2)];
    const crossed = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y);
    const byHand = (x: tf.Tensor, y: tf.Tensor) =>
      tf.matMul(tf.tile(x, [1, 3, 1, 1]), tf.tile(tf.expandDims(y, 0), [2, 1, 1, 1]));
    const results = (f: typeof crossed) => [
      () => f(a(), b()),
      () => tf.grad(withCotangent((x) => f(x, b())))(a()),
      () => tf.grad(withCotangent((y) => f(a(), y)))(b()),
    ];
    const wanted = results(byHand);
    for (const [i, compute] of results(crossed).entries()) {
      const want = await on('cpu', wanted[i] ?? compute);
      const got = await on(LAB, compute);
      expect(got.shape).toEqual(want.shape);
      expect(distance(got.data, want.data)).toBeLessThan(2e-5);
    }
  });
  test('whole numbers and empty matrices keep tfjs’s meaning', async () => {
    await expectSame(() =>
      tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), tf.tensor2d([5, 6, 7, 8], [2, 2], 'int32')),
    );
    const empty = await on(LAB, () => tf.matMul(tf.zeros([0, 3]), tf.zeros([3, 2])));
    expect([empty.shape, empty.data.length]).toEqual([[0, 2], 0]);
  });
  test.each([undefined, 'linear', 'relu', 'elu', 'sigmoid'] as const)(
    'fused with bias and %s',
    async (activation) => {
      await expectSame(() =>
        tf.fused.matMul({
          a: random([5, 9], 1),
          b: random([9, 6], 2),
          bias: random([6], 3),
          ...(activation ? { activation } : {}),
        }),
      );
    },
  );
  test('fused with bias: gradients', async () => {
    for (const which of [0, 1, 2]) {
      await expectSame(() => {
        const inputs = [random([5, 9], 1), random([9, 6], 2), random([6], 3)];
        return tf.grad(
          withCotangent((x) => {
            const [a, b, bias] = inputs.map((input, i) => (i === which ? x : input));
            return tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias: bias as tf.Tensor });
          }),
        )(inputs[which] as tf.Tensor);
      });
    }
  });
  test('fused with a bias for every element', async () => {
    await expectSame(() =>
      tf.fused.matMul({
        a: random([4, 9], 1),
        b: random([9, 4], 2),
        bias: random([4, 4], 3),
      }),
    );
  });
});

describe('sum, mean, max', () => {
  const cases: [Shape, number[] | undefined][] = [
    [[7], undefined],
    [[3, 5, 4], [1]],
    [
      [3, 5, 4],
      [0, 2],
    ],
    [[3, 5, 4], [-1]],
    [
      [2, 3, 4, 5],
      [1, 2],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 3],
    ],
    [
      [1, 5, 1],
      [0, 2],
    ],
    [[3, 5], []],
    [[9000], undefined],
    [[2000, 9], [0]],
    [
      [700, 12, 3],
      [0, 2],
    ],
  ];
  const ops = { sum: tf.sum, mean: tf.mean, max: tf.max };
  for (const [name, op] of Object.entries(ops)) {
    test.each(cases)(`${name} of %j over %j`, async (shape, axis) => {
      await expectSame(() => op(random(shape, 1), axis), 2e-5);
      await expectSame(() => op(random(shape, 1), axis, true), 2e-5);
    });
    test.each(cases)(`gradient of ${name} of %j over %j`, async (shape, axis) => {
      await expectSame(() => tf.grad(withCotangent((x) => op(x, axis)))(random(shape, 1)), 2e-5);
    });
    test(`${name} of whole numbers, booleans, a scalar and nothing`, async () => {
      await expectSame(() => op(tf.tensor2d([3, 1, 2, 5, 4, 9], [2, 3], 'int32'), 1));
      await expectSame(() => op(tf.cast(tf.tensor1d([1, 0, 1], 'bool'), 'int32')));
      await expectSame(() => op(tf.scalar(3)));
      const empty = await on(LAB, () => op(tf.zeros([2, 0]), 1));
      expect([...empty.data]).toEqual({ sum: [0, 0], mean: [NaN, NaN], max: [-Infinity, -Infinity] }[name]);
    });
  }
  test('their gradients are tfjs’s own', async () => {
    const x = () => random([3, 5, 4], 1);
    const dy = () => random([3, 4], 77);
    const attrs = { axis: [1], keepDims: false } as unknown as tf.NamedAttrMap;
    for (const [config, op] of [
      [sumGradConfig, tf.sum],
      [meanGradConfig, tf.mean],
    ] as const) {
      const want = await on('cpu', () => gradientOf(config, 'x', dy(), [x()], attrs));
      const got = await on(LAB, () => tf.grad(withCotangent((t) => op(t, 1)))(x()));
      expect(distance(got.data, want.data)).toBeLessThan(1e-6);
    }
  });
  test('the largest of numbers with NaN is NaN', async () => {
    const { data } = await on(LAB, () => tf.max(tf.tensor2d([1, NaN, 2, 3, 4, 5], [2, 3]), 1));
    expect([...data]).toEqual([NaN, 5]);
  });
});

describe('softmax', () => {
  test.each([[[5]], [[3, 49]], [[2, 3, 4, 65]]])('of %j', async (shape) => {
    await expectSame(() => tf.softmax(random(shape, 1)));
    await expectSame(() => tf.grad(withCotangent((x) => tf.softmax(x)))(random(shape, 1)));
  });
  test('its gradient is tfjs’s own', async () => {
    const want = await on('cpu', () =>
      gradientOf(softmaxGradConfig, 'logits', random([3, 7], 77), [tf.softmax(random([3, 7], 1))], {
        dim: 1,
      }),
    );
    const got = await on(LAB, () => tf.grad(withCotangent((x) => tf.softmax(x)))(random([3, 7], 1)));
    expect(distance(got.data, want.data)).toBeLessThan(1e-6);
  });
  test('does not overflow', async () => {
    const { data } = await on(LAB, () => tf.softmax(tf.tensor1d([1000, 1000, -1000])));
    expect([...data]).toEqual([0.5, 0.5, 0]);
  });
});

describe('transpose', () => {
  test.each([
    [
      [4, 6],
      [1, 0],
    ],
    [
      [2, 3, 4, 8],
      [0, 2, 1, 3],
    ],
    [
      [2, 3, 4, 5],
      [3, 2, 1, 0],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 2, 3],
    ],
    [
      [1, 7, 1, 3],
      [2, 3, 0, 1],
    ],
    [
      [2, 3, 2, 3, 2],
      [4, 3, 2, 1, 0],
    ],
    [
      [2, 3, 2, 3, 2],
      [0, 3, 4, 1, 2],
    ],
  ])('%j by %j', async (shape, perm) => {
    await expectSame(() => tf.transpose(random(shape, 1), perm), 0);
    await expectSame(() => tf.grad(withCotangent((x) => tf.transpose(x, perm)))(random(shape, 1)));
  });
  test('of whole numbers', async () => {
    await expectSame(() => tf.transpose(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32')));
  });
});

describe('tile', () => {
  test.each([
    [[3], [2]],
    [
      [2, 3],
      [1, 4],
    ],
    [
      [1, 1, 4],
      [5, 1, 1],
    ],
    [
      [2, 1, 3, 2],
      [2, 3, 1, 2],
    ],
  ])('gradient of %j repeated %j', async (shape, reps) => {
    const f = (x: tf.Tensor) => tf.tile(x, reps);
    const got = await on(LAB, () => tf.grad(withCotangent(f))(random(shape, 1)));
    // d/dx Σ w·tile(x): each element of x collects the weights of its copies.
    const wanted = await on('cpu', () => {
      const index = tf.tile(tf.reshape(tf.range(0, sizeOf(shape)), shape), reps);
      const copies = tf.oneHot(tf.cast(tf.reshape(index, [-1]), 'int32'), Math.max(2, sizeOf(shape)));
      const weights = tf.reshape(random(index.shape, 77), [1, -1]);
      return tf.reshape(tf.matMul(weights, tf.cast(copies, 'float32')), shape);
    });
    expect(distance(got.data, wanted.data)).toBeLessThan(1e-5);
  });
});

describe('gather and its gradient', () => {
  test.each([
    [[7, 3], [4], 0, 0],
    [[7, 3], [2, 3], 0, 0],
    [[4, 7, 3], [4, 5], 1, 1],
    [[4, 7], [4, 5], 1, 1],
    [[4, 7, 3], [5], 1, 0],
  ])('%j by %j along axis %j with %j batch axes', async (shape, indexShape, axis, batchDims) => {
    const indices = () => tf.tensor(integers(sizeOf(indexShape), shape[axis] ?? 1, 5), indexShape, 'int32');
    const f = (x: tf.Tensor) => tf.gather(x, indices(), axis, batchDims);
    await expectSame(() => f(random(shape, 1)));
    await expectSame(() => tf.grad(withCotangent(f))(random(shape, 1)));
    const wasm = await openCompute('wasm');
    if (batchDims === axis) {
      const got = await on('wasm', () => tf.grad(withCotangent(f))(random(shape, 1)));
      const want = await on('cpu', () => tf.grad(withCotangent(f))(random(shape, 1)));
      expect(distance(got.data, want.data)).toBeLessThan(1e-5);
    }
    wasm.dispose();
    await tf.setBackend(LAB);
  });
  test('segments are summed by tfjs’s rules', async () => {
    await expectSame(() =>
      tf.unsortedSegmentSum(random([6, 2, 3], 1), tf.tensor1d([0, 2, 1, 2, -1, 0], 'int32'), 3),
    );
  });
});

describe('Cast', () => {
  test.each(['int32', 'bool'] as const)(
    'from %s converts the data, so that our kernels read numbers',
    async (dtype) => {
      const whole = () =>
        tf.cast(tf.tensor(dtype === 'bool' ? [0, 1, 1, 0, 1, 1] : [3, -1, 0, 7, 2, 9], [2, 3]), dtype);
      await expectSame(() => tf.cast(whole(), 'float32'), 0);
      await expectSame(() => tf.sum(tf.cast(whole(), 'float32'), 1));
      await expectSame(() => tf.matMul(tf.cast(whole() as tf.Tensor2D, 'float32'), tf.ones([3, 4])));
    },
  );
});
