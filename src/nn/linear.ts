import * as tf from '@tensorflow/tfjs-core';
import type { Rank } from '@tensorflow/tfjs-core';
import { linear, type LinearOptions } from '../kernels/linear/linear';
import { weightGradient } from '../kernels/weight-gradient/weight-gradient';
import type { FirstLayerOptions } from './first-layer';
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

export interface FirstLinearOptions extends FirstLayerOptions {
  /** Apply ReLU to the pre-activations. */
  relu?: boolean;
}

/** z = x W + b over the last axis, or ReLU(z), by the rule of `firstLayer` if there is one. */
export type FirstLinear = <R extends Rank>(x: tf.Tensor<R>, options?: FirstLinearOptions) => tf.Tensor<R>;

/** The first linear layer of a model, named `name`. Its rows are all leading axes together. */
export function createFirstLinear(
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
  initialize: Initializer = glorotUniform,
): FirstLinear {
  const weight = parameters.create(`${name}.weight`, [inputs, outputs], initialize);
  const bias = parameters.create(`${name}.bias`, [outputs], zeros);
  return <R extends Rank>(x: tf.Tensor<R>, { firstLayer, relu = false }: FirstLinearOptions = {}) => {
    if (!firstLayer) return linear(x, weight, bias, relu ? { activation: 'relu' } : {}) as tf.Tensor<R>;
    const z = firstLayer({
      x,
      weight,
      forward: (w) => linear(x, w, bias),
      rows: (input) => tf.reshape(input, [-1, inputs]),
      gram: (input) => weightGradient(input, input).dw as tf.Tensor2D, // summed in parts, unlike tf.matMul
    });
    return (relu ? tf.relu(z) : z) as tf.Tensor<R>;
  };
}
