import * as tf from '@tensorflow/tfjs-core';
import type { Initializer } from '../../../nn/parameters';
import type { Scorer } from '../scorer';

/** U(−1/√d, 1/√d) for a `[d, 1]` matrix. */
const uniformByInputs: Initializer = (values, [inputs = 1], rng) => {
  const limit = 1 / Math.sqrt(inputs);
  for (let i = 0; i < values.length; i++) values[i] = (2 * rng.uniform() - 1) * limit;
};

/**
 * The learned router of Mixture-of-Depths: rᵢ = xᵢ · w with a vector w of each routed block's own, without bias (Raposo et
 * al. 2024; Gadhikar et al. 2024, equation 1). It learns through a gate only.
 *
 * Neither paper says how w starts nor whether it decays. It starts as PyTorch's `nn.Linear(d, 1)` would, uniform within
 * ±1/√d, and counts as a weight matrix `[d, 1]` for weight decay, which is what AdamW does to such a layer there.
 */
export const linearScorer: Scorer = {
  readsAttention: false,
  needsClassToken: false,
  forBlock({ name, width, parameters }) {
    const weight = parameters.create(`${name}.router.weight`, [width, 1], uniformByInputs);
    return ({ z }) => {
      const [batch, tokens] = z.shape;
      const rows = tf.reshape(z, [batch * tokens, width]);
      return tf.reshape(tf.matMul(rows, weight), [batch, tokens]);
    };
  },
};
