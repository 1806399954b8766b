import * as tf from '@tensorflow/tfjs-core';
import { EPSILON, type InverseSettings } from './losses';

/**
 * max(Lₖ, floor) + ε on the device, `[tasks]`: what `inverseOf` divides by. A loss of NaN stays NaN.
 * @param losses `[tasks]`
 */
export function divisorOf(
  losses: tf.Tensor1D,
  { floor = 0, epsilon = EPSILON }: InverseSettings = {},
): tf.Tensor1D {
  if (floor === 0) return tf.add(losses, epsilon);
  return tf.tidy(() => {
    // Comparing keeps NaN, which on some backend or other tf.maximum, tf.clipByValue and tf.relu do not.
    const least = tf.tensor1d(new Float32Array(losses.size).fill(floor));
    return tf.add(tf.where(tf.less(losses, floor), least, losses), epsilon);
  });
}
