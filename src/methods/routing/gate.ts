import * as tf from '@tensorflow/tfjs-core';
import { gatherTokens } from '../../kernels/token-routing/gather-tokens';

/**
 * What the update of a selected token is multiplied by: nothing, its score, or the logistic function of its score. A
 * gate is the only way on which a gradient reaches what the score was computed from.
 */
export type Gate = 'none' | 'score' | 'sigmoid';

/**
 * The factors of the selected tokens' updates, `[batch, k]`; undefined for no gate.
 * @param scores `[batch, tokens]`
 * @param indices of the selected tokens, int32 `[batch, k]`
 */
export function gateOf(gate: Gate, scores: tf.Tensor2D, indices: tf.Tensor2D): tf.Tensor2D | undefined {
  if (gate === 'none') return undefined;
  const [batch, tokens] = scores.shape;
  const columns = tf.reshape<tf.Rank.R3>(scores, [batch, tokens, 1]);
  const selected = tf.reshape<tf.Rank.R2>(gatherTokens(columns, indices), indices.shape);
  return gate === 'sigmoid' ? tf.sigmoid(selected) : selected;
}
