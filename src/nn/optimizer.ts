import type * as tf from '@tensorflow/tfjs-core';

/** Changes parameters by their gradients. It keeps its state on the device. */
export interface Optimizer {
  /**
   * One update of every parameter.
   * @param gradients by parameter name; one is needed for each
   * @param learningRate of this step
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void;
  dispose(): void;
}

export interface OptimizerSettings {
  kind: 'adam' | 'adamw' | 'sgd';
  /** Decoupled for AdamW, added to the gradient for Adam and SGD; applied to the parameters that `decays` names. */
  weightDecay: number;
  /** Of SGD. */
  momentum: number;
}
