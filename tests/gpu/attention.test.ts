import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asLab } from '../../src/engine/lab-backend';
import { attentionReceived } from '../../src/kernels/attention-score/attention-score';
import { attention } from '../../src/kernels/attention/attention';
import '../../src/kernels/native';
import { ShapeError } from '../../src/kernels/shape-error';
import { normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const [batch, tokens, heads, headWidth] = [3, 13, 2, 8];
const perImage = tokens * 3 * heads * headWidth;

/** Output, scores and gradient of Σ y · cotangent, of `images` images. */
async function results(
  values: Float32Array,
  images: number,
): Promise<Record<'y' | 'score' | 'dqkv', Float32Array>> {
  const qkv = tf.tensor3d(values, [images, tokens, 3 * heads * headWidth]);
  const { y, lse } = attention(qkv, heads);
  const cotangent = tf.tensor(normals(perImage / 3, 5), [1, tokens, heads * headWidth]);
  const dqkv = tf.grad((x) => tf.sum(tf.mul(attention(x as tf.Tensor3D, heads).y, cotangent)))(qkv);
  return {
    y: await y.data<'float32'>(),
    score: await attentionReceived(qkv, lse).data<'float32'>(),
    dqkv: await dqkv.data<'float32'>(),
  };
}

const imageOf = (values: Float32Array, image: number): Float32Array => {
  const size = values.length / batch;
  return values.slice(image * size, (image + 1) * size);
};

describe.each(['subgroup', 'heads', 'portable', 'tiled'])('attention, variant %s', (variant) => {
  beforeAll(() => {
    asLab(tf.backend()).forcedVariant = variant;
  });
  afterAll(() => {
    asLab(tf.backend()).forcedVariant = null;
  });

  test('an image gives the same bits alone and in a batch', async () => {
    const values = normals(batch * perImage, 1);
    const all = await results(values, batch);
    for (let image = 0; image < batch; image++) {
      const alone = await results(imageOf(values, image), 1);
      expect(imageOf(all.y, image)).toEqual(alone.y);
      expect(imageOf(all.score, image)).toEqual(alone.score);
      expect(imageOf(all.dqkv, image)).toEqual(alone.dqkv);
    }
  });

  test.each([
    ['a query', 0],
    ['a key', heads * headWidth],
    ['a value', 2 * heads * headWidth],
  ])('NaN in %s shows in its image, and in no other', async (_, offset) => {
    const values = normals(batch * perImage, 1);
    values[perImage + offset] = NaN;
    const { y, dqkv } = await results(values, batch);
    for (let image = 0; image < batch; image++) {
      expect(imageOf(y, image).some(Number.isNaN)).toBe(image === 1);
      expect(imageOf(dqkv, image).some(Number.isNaN)).toBe(image === 1);
    }
  });

  test('scores in the ten thousands attend to the largest alone, without overflow', async () => {
    const values = normals(batch * perImage, 2).map((value) => 200 * value);
    const { y, score, dqkv } = await results(values, batch);
    for (const numbers of [y, score, dqkv]) expect(numbers.every(Number.isFinite)).toBe(true);
    for (let image = 0; image < batch; image++)
      expect(imageOf(score, image).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });
});

test('refuses widths that do not split over the heads', () => {
  expect(() => attention(tf.zeros([1, 2, 10]), 2)).toThrow(ShapeError);
});
