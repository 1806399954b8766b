import * as tf from '@tensorflow/tfjs-core';

/** x W + b over the last axis: `[..., inputs]` → `[..., outputs]`. */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const [inputs = 0, outputs = 0] = weight.shape;
  const rows = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, inputs]), weight);
  return tf.reshape(tf.add(rows, bias), [...x.shape.slice(0, -1), outputs]);
}

/** (x − mean) / √(variance + ε) · gamma + beta over the last axis. */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon = 1e-6): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const standardized = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(standardized, gamma), beta);
}

/** ½ x (1 + erf(x / √2)). */
export const gelu = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
