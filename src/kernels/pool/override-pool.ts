import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type Shape } from '../kernel';
import { overrideKernel, type OverrideCall } from '../override-kernel';
import { runNative } from '../run-native';
import { maxPool, maxPoolGradient, type PoolAttrs } from './max-pool';

/** What tfjs's attributes mean for `x`; null where windows overlap or begin outside it. */
function windowsOf(attrs: OverrideCall['attrs'], { shape, dtype }: tf.TensorInfo): PoolAttrs | null {
  if (dtype !== 'float32' || sizeOf(shape) === 0) return null;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.MaxPoolAttrs;
  const info = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { top, left } = info.padInfo;
  const window = [info.filterHeight, info.filterWidth] as const;
  const size = [info.outHeight, info.outWidth] as const;
  const isSideBySide = info.strideHeight === window[0] && info.strideWidth === window[1];
  const begins = (size as Shape).every(
    (count, axis) => (count - 1) * (window[axis] ?? 1) < (shape[axis + 1] ?? 0),
  );
  return isSideBySide && begins && top === 0 && left === 0 && sizeOf(size) > 0 ? { window, size } : null;
}

overrideKernel(tf.MaxPool, ({ inputs, attrs, backend, stock }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  const windows = windowsOf(attrs, x);
  return windows ? runNative(maxPool.kernel, backend, { x }, windows).y : stock();
});

// tfjs's own first finds the positions of the largest numbers, then searches them for every number of x.
overrideKernel(tf.MaxPoolGrad, ({ inputs, attrs, backend, stock }) => {
  const { dy, input } = inputs as Record<'dy' | 'input', tf.TensorInfo>;
  const windows = dy.dtype === 'float32' ? windowsOf(attrs, input) : null;
  if (!windows) return stock();
  return runNative(maxPoolGradient.kernel, backend, { dy, x: input }, windows).dx;
});
