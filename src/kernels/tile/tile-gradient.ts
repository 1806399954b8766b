import * as tf from '@tensorflow/tfjs-core';

// tfjs's own gradient slices one repetition after the other and adds them up: hundreds of launches for a large batch.
// Seen as [reps, extent] per axis, the gradient is one sum over the repetitions.
tf.registerGradient({
  kernelName: tf.Tile,
  inputsToSave: ['x'],
  gradFunc: (gradient, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    const { reps } = attributes as unknown as tf.TileAttrs;
    const split = x.shape.flatMap((extent, axis) => [reps[axis] ?? 1, extent]);
    const repetitions = x.shape.map((_, axis) => 2 * axis);
    return { x: () => tf.sum(tf.reshape(gradient as tf.Tensor, split), repetitions) };
  },
});
