import * as tf from '@tensorflow/tfjs-core';
import type { VitBlock } from '../../nn/vit-block';
import type { Selection } from './select-tokens';

/**
 * Applies a block to the selected tokens only: xᵢ ← f(X_sel)ᵢ + xᵢ for selected i, where f is the block's update, and
 * xᵢ unchanged otherwise (Gadhikar et al. 2024, equation 5). Queries, keys and values all come from the selected
 * tokens, so attention costs k².
 *
 * Gathering and scattering are products with one-hot rows: every sum has one term that is not zero, so both are exact.
 * @param z `[batch, tokens, width]`
 */
export function routeTokens(block: VitBlock, z: tf.Tensor3D, { kept, slots }: Selection): tf.Tensor3D {
  const [batch, tokens] = kept.shape;
  const gathered = tf.matMul<tf.Tensor3D>(slots, z); // [batch, k, width]
  const worked = tf.matMul(slots, block(gathered).z, true, false); // [batch, tokens, width], zero where skipped
  const skipped = tf.sub(1, tf.reshape(kept, [batch, tokens, 1]));
  return tf.add<tf.Tensor3D>(tf.mul(z, skipped), worked);
}
