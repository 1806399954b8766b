import type * as tf from '@tensorflow/tfjs-core';
import { layerNorm, layerNormBranch } from '../kernels/layer-norm/layer-norm';
import { ones, zeros, type Parameters } from './parameters';

/** Layer normalisation over the last axis with learned gain and offset. */
export interface LayerNorm {
  (x: tf.Tensor3D): tf.Tensor3D;
  /** At the start of a residual branch: what enters the branch, and x for the way around it. */
  branch(x: tf.Tensor3D): { y: tf.Tensor3D; skip: tf.Tensor3D };
}

/** A layer normalisation named `name` over `width` features. */
export function createLayerNorm(parameters: Parameters, name: string, width: number): LayerNorm {
  const gamma = parameters.create(`${name}.gamma`, [width], ones);
  const beta = parameters.create(`${name}.beta`, [width], zeros);
  return Object.assign((x: tf.Tensor3D) => layerNorm(x, gamma, beta), {
    branch: (x: tf.Tensor3D) => layerNormBranch(x, gamma, beta),
  });
}
