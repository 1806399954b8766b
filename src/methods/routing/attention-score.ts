import * as tf from '@tensorflow/tfjs-core';
import { detach } from '../../nn/detach';

/**
 * Attention received by each token: rᵢ = 1/(H·N) Σ_h Σ_j A_h[j, i], the mean of column i over all heads and query rows
 * (Gadhikar et al. 2024, equation 4). Scores are not negative and sum to 1 per image. No gradient flows through them.
 * @param attention row-stochastic maps `[batch, heads, tokens, tokens]`, row = query, column = key
 * @returns `[batch, tokens]`
 */
export function attentionReceived(attention: tf.Tensor4D): tf.Tensor2D {
  return tf.mean(detach(attention), [1, 2]);
}
