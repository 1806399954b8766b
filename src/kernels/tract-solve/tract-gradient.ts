import * as tf from '@tensorflow/tfjs-core';
import { solveRegularized } from './solve-regularized';

/**
 * The weight gradient that TrAct puts in the place of a first layer's own (Petersen et al., "TrAct: making first-layer
 * pre-activations trainable", NeurIPS 2024, lemma 1): G = (Xᵀ X / rows + λI)⁻¹ Xᵀ dZ for z = x W. With fewer rows than
 * inputs it is computed as Xᵀ (X Xᵀ / rows + λI)⁻¹ dZ, which is the same. Rows are all examples of a linear layer, all
 * patches of all images of a patch embedding, never only the images.
 * @param x inputs of the layer `[rows, inputs]`, without a column for the bias
 * @param dz gradient of the mean loss with respect to the pre-activations `[rows, outputs]`
 * @param lambda λ > 0, 0.1 in the paper, for inputs of mean 0 and standard deviation 1; a tensor of one element may
 *   change from replay to replay
 * @returns `[inputs, outputs]`
 * @throws ShapeError unless x and dz have the same rows.
 */
export function tractGradient(x: tf.Tensor2D, dz: tf.Tensor2D, lambda: tf.Tensor | number): tf.Tensor2D {
  const [rows, inputs] = x.shape;
  const scale = 1 / rows;
  return tf.tidy(() => {
    if (rows >= inputs) {
      const gram = tf.matMul<tf.Tensor2D>(x, x, true, false);
      return solveRegularized(gram, lambda, tf.matMul(x, dz, true, false), { scale });
    }
    const gram = tf.matMul<tf.Tensor2D>(x, x, false, true);
    return tf.matMul<tf.Tensor2D>(x, solveRegularized(gram, lambda, dz, { scale }), true, false);
  });
}
