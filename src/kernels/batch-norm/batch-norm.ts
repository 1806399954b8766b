import * as tf from '@tensorflow/tfjs-core';
import { batchNormGradients } from './batch-norm-gradients';
import { normalize, type NormAttrs } from './normalize';

/**
 * Batch normalisation over all axes but the last with the statistics of the batch itself: y = act(gamma x̂ + beta),
 * x̂ = (x − mean) / √(variance + eps), as in Ioffe and Szegedy, "Batch normalization" (ICML 2015), algorithm 1, with the
 * biased variance. The gradient with respect to x is the whole one, through mean and variance; differentiable once.
 * @param x `[..., channels]`
 * @param moments what `batchMoments` gives for x
 * @param gamma gain, `[channels]`
 * @param beta offset, `[channels]`
 * @throws ShapeError when the channels differ.
 */
export function batchNorm<T extends tf.Tensor>(
  x: T,
  moments: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  attrs: NormAttrs,
): T {
  const op = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const { y } = normalize({ x, moments, gamma, beta }, attrs);
    save([x, gamma, moments, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, gamma, moments, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const { dx, dgamma, dbeta } = batchNormGradients({ dy, x, y, moments, gamma }, attrs);
        return [dx, dgamma, dbeta];
      },
    };
  });
  return op(x, gamma, beta) as T;
}
