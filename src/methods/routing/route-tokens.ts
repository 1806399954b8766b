import * as tf from '@tensorflow/tfjs-core';
import { detach } from '../../kernels/detach';
import { gatherTokens } from '../../kernels/token-routing/gather-tokens';
import { routeThrough } from '../../kernels/token-routing/route-through';
import { scatterAddTokens } from '../../kernels/token-routing/scatter-tokens';
import type { BlockAttention, VitBlock } from '../../nn/vit-block';

/** What became of the tokens, and what the selected ones attended to among themselves. */
export interface RoutedTokens {
  /** `[batch, tokens, width]` */
  z: tf.Tensor3D;
  attentionOfKept?: BlockAttention;
}

/**
 * Applies a block to the selected tokens only: xᵢ ← gᵢ f(X_sel)ᵢ + xᵢ for selected i, where f(X) = B(X) − X is the block's
 * update, and xᵢ unchanged, to the bit, otherwise. Without a gate that is equation 5 of Gadhikar et al. (2024), and the
 * selected tokens are simply replaced by the block's output; with g = r it is their equation 2. Queries, keys and values
 * all come from the selected tokens, so attention costs k².
 * @param z `[batch, tokens, width]`
 * @param indices of the selected tokens in order of position, int32 `[batch, k]`
 * @param gate g of the selected tokens, `[batch, k]`; the gradient flows into it
 */
export function routeTokens(
  block: VitBlock,
  z: tf.Tensor3D,
  indices: tf.Tensor2D,
  gate?: tf.Tensor2D,
): RoutedTokens {
  if (gate) {
    const selected = gatherTokens(z, indices);
    const worked = block(selected);
    const update = tf.sub<tf.Tensor3D>(worked.z, selected);
    return { z: scatterAddTokens(z, indices, update, gate), attentionOfKept: worked.attention };
  }
  const seen: Pick<RoutedTokens, 'attentionOfKept'> = {};
  const routed = routeThrough(z, indices, (selected) => {
    const worked = block(selected);
    seen.attentionOfKept = worked.attention;
    return worked.z;
  });
  return { ...seen, z: routed };
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
