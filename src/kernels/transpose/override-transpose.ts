import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernel';
import { overrideKernel, reshaped, viewed } from '../override-kernel';
import { runNative } from '../run-native';
import { maxRank, simplify, transpose } from './transpose';

overrideKernel(tf.Transpose, ({ inputs, attrs, backend, stock }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  const perm = attrs['perm'] as number[];
  const simple = simplify(x.shape, perm);
  const isCovered = x.dtype === 'float32' && sizeOf(x.shape) > 0 && simple.x.length <= maxRank;
  if (!isCovered) return stock();
  const shape = perm.map((axis) => x.shape[axis] ?? 0);
  if (simple.x.length <= 1) return reshaped(backend, x, shape); // nothing moves
  const { y } = runNative(transpose.kernel, backend, { x: viewed(x, simple.x) }, { perm: simple.perm });
  return { ...y, shape };
});
