import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { drawMixup } from '../../src/kernels/batch/draw-mixup';
import { mixup } from '../../src/kernels/batch/mixup';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

describe('mixup', () => {
  const batch = 6;
  const x = () => tf.tensor3d(normals(batch * 35, 1), [batch, 5, 7]);
  const labels = () => tf.tensor1d([2, 0, 1, 1, 3, 2], 'int32');
  const tensors = ({ partners, lambda }: ReturnType<typeof drawMixup>) => ({
    partners: tf.tensor1d(partners, 'int32'),
    lambda: tf.tensor1d(lambda),
  });

  test('mixes examples and labels by the same share', async () => {
    const drawn = {
      partners: Int32Array.of(1, 2, 3, 2, 5, 5),
      lambda: Float32Array.of(1, 0, 0.25, 0.5, 0.75, 0.5),
    };
    const { mixed, targets } = mixup(x(), labels(), tensors(drawn), 4);
    const values = await x().data();
    const wanted = values.map((value, at) => {
      const i = Math.floor(at / 35);
      const share = drawn.lambda[i] ?? NaN;
      return share * value + (1 - share) * (values[(drawn.partners[i] ?? 0) * 35 + (at % 35)] ?? NaN);
    });
    expect(mixed.shape).toEqual([6, 5, 7]);
    expect(distance(await mixed.data(), wanted)).toBeLessThan(1e-6);
    expect(await targets.array()).toEqual([
      [0, 0, 1, 0],
      [0, 1, 0, 0],
      [0, 1, 0, 0], // both labels are 1
      [0, 1, 0, 0],
      [0, 0, 0.25, 0.75],
      [0, 0, 1, 0], // mixed with itself
    ]);
  });

  test('mixes anew at every replay, with the draw as an input', async () => {
    const step = capture({
      inputs: {
        partners: { dtype: 'int32', shape: [batch] },
        lambda: { dtype: 'float32', shape: [batch] },
      },
      outputs: ['first'],
      step: (draw) => {
        const { mixed } = mixup(x(), labels(), draw, 4);
        return { first: tf.reshape<tf.Rank.R0>(tf.slice(mixed, [0, 0, 0], [1, 1, 1]), []) };
      },
    });
    const values = await x().data();
    const wanted: number[] = [];
    for (let i = 1; i <= 6; i++) {
      const drawn = drawMixup(createRng(i), batch, 1, 'example');
      await step.run({ ...drawn });
      const [share = NaN] = drawn.lambda;
      wanted.push(share * (values[0] ?? NaN) + (1 - share) * (values[(drawn.partners[0] ?? 0) * 35] ?? NaN));
    }
    expect(step.outcome).toEqual({ captured: true });
    expect(distance((await step.read()).first, wanted)).toBeLessThan(1e-6);
    step.dispose();
  });
});

describe('the draw for mixup', () => {
  test('pairs by a permutation and repeats for a seed', () => {
    const [first, again] = [3, 3].map((seed) => drawMixup(createRng(seed), 10, 0.4, 'example'));
    expect(first).toEqual(again);
    expect([...(first?.partners ?? [])].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(drawMixup(createRng(4), 10, 0.4, 'example')).not.toEqual(first);
    expect(new Set(drawMixup(createRng(3), 10, 0.4, 'step').lambda).size).toBe(1);
    expect(new Set(first?.lambda).size).toBe(10);
  });

  // Beta(α, α) has mean ½, variance 1 / (4 (2α + 1)), fourth central moment 3 / (16 (2α + 1) (2α + 3)).
  test.each([0.01, 0.2, 1, 4])('draws λ from Beta(α, α), α = %f', (alpha) => {
    const count = 40_000;
    const { lambda } = drawMixup(createRng(8), count, alpha, 'example');
    const moment = (power: number) => lambda.reduce((sum, x) => sum + (x - 0.5) ** power, 0) / count;
    const variance = 1 / (4 * (2 * alpha + 1));
    const fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
    expect(lambda.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(variance / count));
    expect(Math.abs(moment(2) - variance)).toBeLessThan(4 * Math.sqrt((fourth - variance ** 2) / count));
  });

  test('refuses an α that is not positive', () => {
    expect(() => drawMixup(createRng(0), 2, 0, 'step')).toThrow(RangeError);
  });
});
