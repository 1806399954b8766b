import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernel';
import { overrideKernel, viewed } from '../override-kernel';
import { runNative } from '../run-native';
import { segmentSum } from './segment-sum';

// tfjs adds up with atomics, in an order that changes from run to run.
overrideKernel(tf.UnsortedSegmentSum, ({ inputs, attrs, backend, stock }) => {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const segments = attrs['numSegments'] as number;
  if (x.dtype !== 'float32' || sizeOf(x.shape) === 0 || segments === 0) return stock();
  const [rows = 0, ...rest] = x.shape;
  const { y } = runNative(
    segmentSum.kernel,
    backend,
    { x: viewed(x, [1, rows, sizeOf(rest)]), ids: viewed(segmentIds, [1, rows]) },
    { segments },
  );
  return { ...y, shape: [segments, ...rest] };
});

const stockGradient = tf.getGradient(tf.GatherV2);

// tfjs's own gradient cuts a batched gather into its examples, and needs a kernel that its wasm backend does not have.
tf.registerGradient({
  ...stockGradient,
  gradFunc: (gradient, saved, attributes) => {
    const dy = gradient as tf.Tensor;
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    const { axis, batchDims } = attributes as unknown as tf.GatherV2Attrs;
    if (tf.util.parseAxisParam(axis, x.shape)[0] !== batchDims || x.dtype !== 'float32') {
      return stockGradient.gradFunc(gradient, saved, attributes);
    }
    const batch = sizeOf(x.shape.slice(0, batchDims));
    const rows = indices.size / batch;
    const columns = sizeOf(x.shape.slice(batchDims + 1));
    return {
      x: () => {
        const inputs = { x: tf.reshape(dy, [batch, rows, columns]), ids: tf.reshape(indices, [batch, rows]) };
        return tf.reshape(segmentSum(inputs, { segments: x.shape[batchDims] ?? 0 }).y, x.shape);
      },
    };
  },
});
