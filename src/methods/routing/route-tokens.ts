import * as tf from '@tensorflow/tfjs-core';
import { routeThrough } from '../../kernels/token-routing/route-through';
import { scatterAddTokens } from '../../kernels/token-routing/scatter-tokens';
import { detach } from '../../kernels/detach';
import type { VitBlock } from '../../nn/vit-block';

/**
 * Applies a block to the selected tokens only: xᵢ ← f(X_sel)ᵢ + xᵢ for selected i, where f is the block's update, and
 * xᵢ unchanged otherwise (Gadhikar et al. 2024, equation 5). Queries, keys and values all come from the selected
 * tokens, so attention costs k².
 * @param z `[batch, tokens, width]`
 * @param indices of the selected tokens in order of position, int32 `[batch, k]`
 */
export function routeTokens(block: VitBlock, z: tf.Tensor3D, indices: tf.Tensor2D): tf.Tensor3D {
  return routeThrough(z, indices, (selected) => block(selected).z);
}

/**
 * 1 for a selected token, 0 for another.
 * @param indices int32 `[batch, k]`
 * @returns `[batch, tokens]`
 */
export function keptTokens(indices: tf.Tensor2D, tokens: number): tf.Tensor2D {
  const [batch, k] = indices.shape;
  const ones = tf.ones<tf.Rank.R3>([batch, k, 1]);
  return tf.reshape(scatterAddTokens(tf.zeros([batch, tokens, 1]), detach(indices), ones), [batch, tokens]);
}
