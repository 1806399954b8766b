import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { asLab } from '../../src/engine/lab-backend';
import { ShapeError } from '../../src/kernels/shape-error';
import { sigmoidCrossEntropy } from '../../src/kernels/sigmoid-cross-entropy/sigmoid-cross-entropy';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const variants = ['portable', 'tiled'];

/** Losses and the gradient of their sum on a variant. */
async function computed(variant: string, x: number[], targets: number[], columns: number) {
  const backend = asLab(tf.backend());
  backend.forcedVariant = variant;
  try {
    const t = tf.tensor2d(targets, [targets.length / columns, columns]);
    const f = (logits: tf.Tensor) => tf.sum(sigmoidCrossEntropy(logits as tf.Tensor2D, t));
    const logits = tf.tensor2d(x, [x.length / columns, columns]);
    return {
      loss: [...(await sigmoidCrossEntropy(logits, t).data())],
      dx: [...(await tf.grad(f)(logits).data())],
    };
  } finally {
    backend.forcedVariant = null;
  }
}

const extremes = [0, 1e-6, -1e-6, 3, -3, 4.5, -4.5, 4.7, -4.7, 17, -17, 60, -60, 1000, -1000, 3e38, -3e38];

test.each(variants)('%s: the float64 formula, relatively, from tiny losses to huge ones', async (variant) => {
  for (const target of [0, 1]) {
    const { loss, dx } = await computed(
      variant,
      extremes,
      extremes.map(() => target),
      extremes.length,
    );
    for (const [i, logit] of extremes.entries()) {
      const x = Math.fround(logit);
      const away = target === 1 ? -x : x; // from the target
      const cost = Math.max(away, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      const slope = (target === 1 ? -1 : 1) / (1 + Math.exp(-away));
      const limit = away > 0 ? 8 : 8 - 2 * away; // units in the last place: as accurate as WGSL's exp has to be
      expect(Math.abs((loss[i] ?? NaN) - cost), `loss of ${x} for ${target}`).toBeLessThanOrEqual(
        limit * 2 ** -23 * cost,
      );
      expect(Math.abs((dx[i] ?? NaN) - slope), `slope of ${x} for ${target}`).toBeLessThanOrEqual(1e-6);
    }
  }
});

test.each(variants)('%s: what is not finite shows in its column, and in no other', async (variant) => {
  for (const wrong of [NaN, Infinity, -Infinity])
    for (const target of [0, 1]) {
      const { loss, dx } = await computed(variant, [1, wrong, 2, 3, 4, 5], [1, target, 0, 1, 0, 1], 3);
      expect(loss.map(Number.isFinite), `${wrong} for ${target}`).toEqual([true, false, true]);
      expect(Number.isNaN(dx[1])).toBe(Number.isNaN(wrong));
      expect(dx.filter((_, i) => i !== 1).every(Number.isFinite)).toBe(true);
    }
});

test('shapes that do not go together are refused', () => {
  const x = tf.zeros<tf.Rank.R2>([2, 3]);
  expect(() => sigmoidCrossEntropy(x, tf.zeros([3, 2]))).toThrow(ShapeError);
  expect(() => sigmoidCrossEntropy(tf.zeros<tf.Rank>([3]) as tf.Tensor2D, x)).toThrow(ShapeError);
});
