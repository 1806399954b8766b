import * as tf from '@tensorflow/tfjs-core';

export interface Selection {
  /** 1 for a selected token, 0 for another: `[batch, tokens]`. */
  kept: tf.Tensor2D;
  /** One-hot rows, one per slot: slot s holds the s-th selected token in order of position. `[batch, k, tokens]` */
  slots: tf.Tensor3D;
}

/**
 * Selects exactly k tokens per image: the highest scores, ties to the lower index. Slots keep the tokens in order of
 * position, so that with k = N the gathered tokens are the tokens themselves.
 * @param scores `[batch, tokens]`, without a gradient
 */
export function selectTokens(scores: tf.Tensor2D, k: number): Selection {
  const [batch, tokens] = scores.shape;
  const own = tf.reshape<tf.Rank.R3>(scores, [batch, tokens, 1]);
  const other = tf.reshape<tf.Rank.R3>(scores, [batch, 1, tokens]);
  const earlier = strictlyBefore(tokens); // [row, column]: column < row
  const beaten = tf.logicalOr(tf.greater(other, own), tf.logicalAnd(tf.equal(other, own), earlier));
  const rank = tf.sum<tf.Tensor2D>(tf.cast(beaten, 'float32'), 2); // [batch, tokens]
  const kept = tf.cast<tf.Tensor2D>(tf.less(rank, k), 'float32');
  // The slot of a kept token is the number of kept tokens before it.
  const slot = tf.matMul(kept, tf.cast<tf.Tensor2D>(earlier, 'float32'), false, true); // [batch, tokens]
  const slotIndex = tf.reshape(tf.range(0, k, 1, 'float32'), [1, k, 1]);
  const atSlot = tf.cast(tf.equal(tf.reshape(slot, [batch, 1, tokens]), slotIndex), 'float32');
  return { kept, slots: tf.mul<tf.Tensor3D>(atSlot, tf.reshape(kept, [batch, 1, tokens])) };
}

/** `[tokens, tokens]` truth table of "column comes before row". */
function strictlyBefore(tokens: number): tf.Tensor2D {
  const position = tf.range(0, tokens, 1, 'float32');
  return tf.less(tf.reshape(position, [1, tokens]), tf.reshape(position, [tokens, 1]));
}
