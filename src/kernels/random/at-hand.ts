import type * as tf from '@tensorflow/tfjs-core';

/** What an int32 or float32 tensor holds, for references that compute on the processor: their backends have it at hand. */
export function valuesAtHand(tensor: tf.Tensor): Int32Array | Float32Array {
  // eslint-disable-next-line no-restricted-syntax -- references never run on a GPU
  return tensor.dataSync<'int32' | 'float32'>();
}

/** The step a stream of random numbers stands at, from its tensor int32 `[1]`. */
export const stepAtHand = (step: tf.Tensor): number => valuesAtHand(step)[0] ?? 0;
