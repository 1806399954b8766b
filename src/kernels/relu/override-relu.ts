import * as tf from '@tensorflow/tfjs-core';
import { reluGradient } from './relu';

// tfjs's own gradient takes two launches, and keeps x where y, which the next layer keeps as well, would do.
tf.registerGradient({
  kernelName: tf.Relu,
  outputsToSave: [true],
  gradFunc: (dy, saved) => {
    const [y] = saved as [tf.Tensor];
    return { x: () => reluGradient({ dy: dy as tf.Tensor, y }, {}).dx };
  },
});
