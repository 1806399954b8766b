import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-webgpu';

/** Gradients by kernel name. tfjs keeps one table of them for all backends, and our kernels replace some entries. */
export type Gradients = ReadonlyMap<string, tf.GradConfig>;

/** The gradients registered at present. */
export function gradientsNow(): Gradients {
  return new Map(
    tf.getKernelsForBackend('webgpu').flatMap(({ kernelName }) => {
      const gradient = tf.getGradient(kernelName) as tf.GradConfig | undefined;
      return gradient ? [[kernelName, gradient] as const] : [];
    }),
  );
}

/** tfjs's own gradients. The entry points load this file before any kernel of ours. */
export const stockGradients: Gradients = gradientsNow();

/** Puts these gradients into the table, so that each engine differentiates as it does where it is alone. */
export function useGradients(gradients: Gradients): void {
  for (const [name, gradient] of gradients) {
    if (tf.getGradient(name) === gradient) continue;
    tf.unregisterGradient(name);
    tf.registerGradient(gradient);
  }
}
