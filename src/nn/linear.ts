import type * as tf from '@tensorflow/tfjs-core';
import type { Rank } from '@tensorflow/tfjs-core';
import { linear, type LinearOptions } from '../kernels/linear/linear';
import { glorotUniform, zeros, type Initializer, type Parameters } from './parameters';

/**
 * y = act(x W + b) + residual over the last axis, in one launch. The residual has the output's shape and is added after
 * the activation.
 */
export type Linear = <R extends Rank>(x: tf.Tensor<R>, options?: LinearOptions) => tf.Tensor<R>;

/** A linear layer named `name`, mapping the last axis from `inputs` to `outputs` features. */
export function createLinear(
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
  initialize: Initializer = glorotUniform,
): Linear {
  const weight = parameters.create(`${name}.weight`, [inputs, outputs], initialize);
  const bias = parameters.create(`${name}.bias`, [outputs], zeros);
  return <R extends Rank>(x: tf.Tensor<R>, options?: LinearOptions) =>
    linear(x, weight, bias, options) as tf.Tensor<R>;
}
