import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureForeign } from '../../src/experiments/neural-collapse/transfer';

beforeAll(() => tf.setBackend('cpu'));

/** 600 images of one byte, of which the features are made; more than one batch is read at a time. */
const foreign = { count: 600, pixels: new Uint8Array(600), labels: new Uint8Array(600) };

/** Features that differ from image to image by something that cancels over all of them. */
const featuresAround = (centre: readonly number[]) => (examples: tf.Tensor1D) => {
  const sign = tf.sub(1, tf.mul(2, tf.mod(tf.cast(examples, 'float32'), 2)));
  const features = tf.add<tf.Tensor2D>(
    tf.mul(tf.expandDims(sign, 1), tf.tensor2d([[5, -3, 2]])),
    tf.tensor1d([...centre]),
  );
  return { layers: [features], logits: features };
};

async function nc5(centre: readonly number[], means: Matrix): Promise<number> {
  const measuring = measureForeign(foreign, featuresAround(centre), means, new AbortController().signal);
  const read: number[] = [];
  for (;;) {
    const next = await measuring.next();
    if (next.done === true) {
      expect(read).toEqual([0, 250, 500]);
      return next.value;
    }
    read.push(next.value.progress?.done ?? NaN);
  }
}

describe('NC5 with the images of another data set', () => {
  const means = new Matrix([
    [2, 0, 0],
    [0, 3, 0],
  ]);

  it('is 0 where their mean is orthogonal to the class means, and 1 where it lies along them', async () => {
    expect(await nc5([0, 0, 7], means)).toBeCloseTo(0, 6);
    expect(await nc5([4, 0, 0], new Matrix([[-1, 0, 0]]))).toBeCloseTo(1, 6);
  });

  it('is the mean of |cos| over the classes, of the mean of all images', async () => {
    expect(await nc5([3, -4, 0], means)).toBeCloseTo((3 / 5 + 4 / 5) / 2, 6);
  });
});
