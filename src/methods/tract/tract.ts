import * as tf from '@tensorflow/tfjs-core';
import { detach } from '../../kernels/detach';
import { tractGradient } from '../../kernels/tract-solve/tract-gradient';
import type { FirstLayerRule } from '../../nn/first-layer';

/**
 * TrAct (Petersen et al., "TrAct: making first-layer pre-activations trainable", NeurIPS 2024): a step is taken on the
 * pre-activations z = x W of the first layer, and the weight follows as well as it can,
 *
 *     ΔW = argmin ‖z − η R ∇z − x (W + ΔW)‖² + λ R ‖ΔW‖² = −η (xᵀ x / R + λI)⁻¹ ∇W
 *
 * over the R rows of the batch. Whatever optimizer comes after is given (xᵀ x / R + λI)⁻¹ ∇W as the weight's gradient. The
 * forward pass, the bias's gradient and what flows on to the input keep every bit; so does weight decay, which is the
 * optimizer's.
 * @param lambda λ > 0, 0.1 in the paper, for inputs of mean 0 and standard deviation 1. A tensor of one element may change
 *   from replay to replay of a captured step.
 */
export function tract(lambda: tf.Tensor | number): FirstLayerRule {
  return ({ x, weight, forward, rows, gram }) => {
    // Back from z the gradient passes here first, and comes to the weight last.
    let dz: tf.Tensor | null = null;
    const [outputs = 1] = weight.shape.slice(-1);
    const standIn = tf.customGrad((w, save) => {
      (save as tf.GradSaveFunc)([x]);
      return {
        value: detach(w as tf.Tensor),
        gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => {
          const [input] = saved;
          if (!input || !dz) throw new Error('TrAct: the gradient comes to the weight by another way than z');
          const terms = {
            rows: () => rows(input),
            gram: () => gram(input),
            dz: tf.reshape<tf.Rank.R2>(dz, [-1, outputs]),
            gradient: tf.reshape<tf.Rank.R2>(gradient, [-1, outputs]),
          };
          const g = tractGradient(terms, lambda);
          return tf.reshape(g, weight.shape);
        },
      };
    });
    const noted = tf.customGrad((z) => ({
      value: detach(z as tf.Tensor),
      gradFunc: (gradient: tf.Tensor) => {
        dz = gradient;
        return tf.clone(gradient);
      },
    }));
    return noted(forward(standIn(weight)));
  };
}
