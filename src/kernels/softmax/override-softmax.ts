import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernel';
import { overrideKernel } from '../override-kernel';
import { runNative } from '../run-native';
import { softmax, softmaxGradient } from './softmax';

overrideKernel(tf.Softmax, ({ inputs, backend, stock }) => {
  const { logits } = inputs as { logits: tf.TensorInfo };
  if (logits.dtype !== 'float32' || logits.shape.length === 0 || sizeOf(logits.shape) === 0) return stock();
  return runNative(softmax.kernel, backend, { x: logits }, {}).y;
});

tf.registerGradient({
  kernelName: tf.Softmax,
  outputsToSave: [true],
  gradFunc: (dy, saved) => {
    const [y] = saved as [tf.Tensor];
    return { logits: () => softmaxGradient({ dy: dy as tf.Tensor, y }, {}).dx };
  },
});
