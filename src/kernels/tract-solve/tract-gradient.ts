import * as tf from '@tensorflow/tfjs-core';
import { solveRegularized } from './solve-regularized';

/** What the gradient of a layer z = X W is made of; each is asked for only where it is needed. */
export interface LayerTerms {
  /** X, inputs of the layer, without a column for the bias: `[rows, inputs]`. */
  rows: () => tf.Tensor2D;
  /** Xᵀ X `[inputs, inputs]`. */
  gram: () => tf.Tensor2D;
  /** dZ, gradient of the mean loss with respect to the pre-activations: `[rows, outputs]`. */
  dz: tf.Tensor2D;
  /** Xᵀ dZ, the layer's ordinary gradient: `[inputs, outputs]`. */
  gradient: tf.Tensor2D;
}

/**
 * The weight gradient that TrAct puts in the place of a first layer's own (Petersen et al., "TrAct: making first-layer
 * pre-activations trainable", NeurIPS 2024, lemma 1): G = (Xᵀ X / rows + λI)⁻¹ Xᵀ dZ for z = X W. With fewer rows than
 * inputs it is computed as Xᵀ (X Xᵀ / rows + λI)⁻¹ dZ, which is the same. Rows are all examples of a linear layer, all
 * patches of all images of a patch embedding, never only the images.
 * @param lambda λ > 0, 0.1 in the paper, for inputs of mean 0 and standard deviation 1; a tensor of one element may
 *   change from replay to replay
 * @returns `[inputs, outputs]`
 * @throws ShapeError unless the terms are of one layer.
 */
export function tractGradient(
  { rows, gram, dz, gradient }: LayerTerms,
  lambda: tf.Tensor | number,
): tf.Tensor2D {
  const [count] = dz.shape;
  const [inputs] = gradient.shape;
  const scale = 1 / count;
  return tf.tidy(() => {
    if (count >= inputs) return solveRegularized(gram(), lambda, gradient, { scale });
    const x = rows();
    const between = tf.matMul<tf.Tensor2D>(x, x, false, true);
    return tf.matMul<tf.Tensor2D>(x, solveRegularized(between, lambda, dz, { scale }), true, false);
  });
}
