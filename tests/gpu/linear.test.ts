import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import { sizeOf, type Shape } from '../../src/kernels/kernel';
import { linear, type LinearOptions } from '../../src/kernels/linear/linear';
import '../../src/kernels/native';
import { weightGradient } from '../../src/kernels/weight-gradient/weight-gradient';
import { createRng } from '../../src/math/philox-rng';
import { createLinear } from '../../src/nn/linear';
import { Parameters } from '../../src/nn/parameters';
import { counting } from './counting';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const random = (shape: Shape, seed: number) => tf.tensor(normals(sizeOf(shape), seed), [...shape]);

const factors = () => [random([2, 5, 8], 1), random([8, 12], 2), random([12], 3)] as const;

describe('a linear layer', () => {
  const options: [string, () => LinearOptions, number][] = [
    ['plain', () => ({}), 3],
    ['with a residual', () => ({ residual: random([2, 5, 12], 4) }), 3],
    ['with GELU', () => ({ activation: 'gelu' }), 4],
    ['with ReLU and a residual', () => ({ activation: 'relu', residual: random([2, 5, 12], 4) }), 4],
  ];
  test.each(options)('%s takes one launch forward and few backward', async (_, settings, backward) => {
    const inputs = [...factors()];
    const given = settings();
    const { residual } = given;
    if (residual) inputs.push(residual);
    const dy = random([2, 5, 12], 5);
    const run = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor, r?: tf.Tensor) =>
      linear(x, w, b, { ...given, ...(r && { residual: r }) });
    const forward = await counting(() => void run(...factors(), residual));
    expect(forward.dispatches).toBe(1);
    const both = await counting(() => {
      tf.grads((...xs) => run(xs[0] as tf.Tensor, xs[1] as tf.Tensor, xs[2] as tf.Tensor, xs[3]))(inputs, dy);
    });
    expect(both.dispatches).toBe(1 + backward);
  });

  test('asks for no gradient of an input that is data', async () => {
    const [x, w, b] = factors();
    const dy = random([2, 5, 12], 5);
    const { dispatches } = await counting(() => {
      tf.grads((weight, bias) => linear(x, weight, bias))([w, b], dy);
    });
    expect(dispatches).toBe(1 + 2);
  });

  test('may have its input as residual', async () => {
    const gradients = async (backend: string) => {
      await tf.setBackend(backend);
      const [w, b, dy] = [random([8, 8], 2), random([8], 3), random([2, 5, 8], 5)];
      const grads = tf.grads((x, weight, bias) => {
        const each = { activation: 'gelu', residual: x } as const;
        return linear(x, weight, bias, each);
      })([random([2, 5, 8], 1), w, b], dy);
      return Promise.all(grads.map((gradient) => gradient.data()));
    };
    const want = await gradients('cpu');
    const got = await gradients(LAB);
    for (const [i, values] of got.entries()) expect(distance(values, want[i] ?? [])).toBeLessThan(1e-5);
  });

  test.each(['subgroup', 'portable', 'tiled', 'tiled-32'])(
    'lets NaN and infinity through: %s',
    async (tile) => {
      const x = tf.tensor2d([NaN, 1, 1, 1, Infinity, 1, 1, 1, 1, 1, 1, 1], [3, 4]);
      const backend = asLab(tf.backend());
      backend.forcedVariant = `${tile}-nn`;
      const y = linear(x, tf.ones([4, 4]), tf.zeros([4]), { activation: 'relu' });
      backend.forcedVariant = null;
      const rows = (await y.array()) as number[][];
      expect(rows).toEqual([Array(4).fill(NaN), Array(4).fill(Infinity), Array(4).fill(4)]);
    },
  );

  test('says what does not fit', () => {
    const [x, w, b] = factors();
    expect(() => linear(x, random([7, 12], 2), b)).toThrow(
      /linear needs x .* got \[2, 5, 8\], \[7, 12\], \[12\]/,
    );
    expect(() => linear(x, w, random([11], 3))).toThrow(/bias \[outputs\]/);
    expect(() => linear(x, w, b, { residual: random([2, 5, 11], 4) })).toThrow(/residual \[2, 5, 11\]/);
  });

  test('as a layer of a model has named parameters and an optional residual', async () => {
    const parameters = new Parameters(createRng(0));
    const layer = createLinear(parameters, 'expand', 8, 12);
    const [x, residual] = [random([2, 5, 8], 1) as tf.Tensor3D, random([2, 5, 12], 4)];
    const [bare, added] = [layer(x), layer(x, { residual })];
    expect([...parameters.entries()].map(([name]) => name)).toEqual(['expand.weight', 'expand.bias']);
    expect(distance(await added.data(), await tf.add(bare, residual).data())).toBeLessThan(1e-6);
    parameters.dispose();
  });
});

test('the weight gradient, summed in parts, has the same bits every time', async () => {
  const run = async () => {
    const { dw, db } = weightGradient(random([1000, 20], 1), random([1000, 36], 2));
    return [await dw.data(), await db.data()];
  };
  expect(await run()).toEqual(await run());
});
