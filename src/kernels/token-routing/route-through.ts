import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../../engine/lab-backend';
import { reshaped } from '../override-kernel';
import { gatherTokens, gatherTokensKernel } from './gather-tokens';
import { runNative } from '../run-native';
import { replaceTokens, scatterTokensKernel } from './scatter-tokens';

const takeTokens = 'LabTakeTokens';

// Two outputs, of which the second is z itself and costs nothing: its listed tokens are never looked at again, so that
// on the way back one launch puts the gradient of the taken tokens into the gradient of the rest.
tf.registerKernel({
  kernelName: takeTokens,
  backendName: LAB,
  kernelFunc({ inputs, backend }) {
    const { z, indices } = inputs as { z: tf.TensorInfo; indices: tf.TensorInfo };
    const lab = asLab(backend);
    const { y } = runNative(gatherTokensKernel.kernel, lab, { z, indices }, { tokens: z.shape[1] ?? 0 });
    return [y, reshaped(lab, z, z.shape)];
  },
});
noteNativeKernel(takeTokens);

tf.registerGradient({
  kernelName: takeTokens,
  inputsToSave: ['indices'],
  gradFunc: (dys, saved) => {
    const [rows, z] = dys as tf.Tensor[] as [tf.Tensor, tf.Tensor];
    const [indices] = saved as [tf.Tensor];
    return { z: () => scatterTokensKernel({ z, indices, rows }, { replace: true, isTaken: true }).y };
  },
});

/**
 * Carries the listed tokens through `work` and leaves the others as they are, to the bit:
 * y[b, t] = work(z[b, indices[b]])[s] where indices[b, s] = t, and z[b, t] elsewhere. With every token listed in order it
 * is work(z). Two launches besides the work, and two on the way back. Differentiable once, in z and what `work` uses.
 * @param z `[batch, tokens, width]`
 * @param indices int32 `[batch, k]`, ascending, each token at most once, as from `selectTokens`
 * @param work from the listed tokens `[batch, k, width]` to what replaces them
 * @throws ShapeError unless there is one list per example and `work` keeps the shape.
 */
export function routeThrough(
  z: tf.Tensor3D,
  indices: tf.Tensor2D,
  work: (taken: tf.Tensor3D) => tf.Tensor3D,
): tf.Tensor3D {
  if (tf.getBackend() !== LAB) return replaceTokens(z, indices, work(gatherTokens(z, indices)));
  const [taken, rest]: tf.Tensor[] = tf.engine().runKernel(takeTokens, { z, indices });
  const inputs = { z: rest as tf.Tensor, indices, rows: work(taken as tf.Tensor3D) };
  return scatterTokensKernel(inputs, { replace: true, isTaken: true }).y as tf.Tensor3D;
}
