import * as tf from '@tensorflow/tfjs-core';
import { replaceTokens } from '../../../kernels/token-routing/scatter-tokens';
import type { BlockTaps } from '../../../nn/vit';
import { throwNoAttention, type Scorer } from '../scorer';

/**
 * A-MoD: the attention that each token received in the block before, rᵢ = 1/(H·N) Σ_h Σⱼ A_h[j, i], the mean of column i
 * of its attention maps over all heads and query rows (Gadhikar et al. 2024, equation 4). r ≥ 0 and Σᵢ rᵢ = 1 after a
 * dense block. No gradient flows through it, as a gate either.
 */
export const attentionReceivedScorer: Scorer = {
  readsAttention: true,
  needsClassToken: false,
  forBlock:
    ({ name }) =>
    ({ previous }) => {
      if (previous?.attention) return previous.attention.received();
      return carriedScores(previous) ?? throwNoAttention(name);
    },
};

/**
 * Scores after a block that was routed itself, which the paper never has; an extension of ours. Tokens it skipped keep
 * their score. Those it worked on, k of N, get rᵢ = k/N times the attention they received among themselves, so that both
 * groups have means near 1/N.
 * @returns `[batch, tokens]`; undefined when the block before was not routed
 */
function carriedScores(previous: BlockTaps | null): tf.Tensor2D | undefined {
  if (!previous?.scores || !previous.indices || !previous.attentionOfKept) return undefined;
  const { scores, indices, attentionOfKept } = previous;
  const [batch, tokens] = scores.shape;
  const [, k] = indices.shape;
  const anew = tf.mul(attentionOfKept.received(), k / tokens);
  const columns = (x: tf.Tensor) => tf.reshape<tf.Rank.R3>(x, [batch, x.shape[1] ?? 0, 1]);
  return tf.reshape(replaceTokens(columns(scores), indices, columns(anew)), [batch, tokens]);
}
