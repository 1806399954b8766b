import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernel';
import { overrideKernel } from '../override-kernel';
import { runNative } from '../run-native';
import { wholeToFloat } from './whole-to-float';

/**
 * tfjs casts whole numbers to float32 by relabelling the tensor: its data stay integers, and its own programs convert at
 * every read. Our kernels read what the type says, so the data must be converted when the type is.
 */
overrideKernel(tf.Cast, ({ inputs, attrs, backend, stock }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  const isWhole = x.dtype === 'int32' || x.dtype === 'bool';
  if (!isWhole || attrs['dtype'] !== 'float32' || sizeOf(x.shape) === 0) return stock();
  return runNative(wholeToFloat.kernel, backend, { x }, {}).y;
});
