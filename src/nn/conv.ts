import * as tf from '@tensorflow/tfjs-core';
import { unfold } from '../kernels/unfold/unfold';
import { windowGram } from '../kernels/window-gram/window-gram';
import type { FirstLayerOptions } from './first-layer';
import type { Initializer, Parameters } from './parameters';

/** `[batch, height, width, in]` → `[batch, height', width', out]`, by the rule of `firstLayer` if there is one. */
export type Convolution = (x: tf.Tensor4D, options?: FirstLayerOptions) => tf.Tensor4D;

/**
 * He et al.'s initialisation for layers that ReLU follows ("Delving deep into rectifiers", ICCV 2015): normal numbers of
 * variance 2 / fan in, for `[..., in, out]`.
 */
export const heNormal: Initializer = (values, shape, rng) => {
  const fanIn = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const deviation = Math.sqrt(2 / fanIn);
  for (let i = 0; i < values.length; i++) values[i] = rng.normal() * deviation;
};

export interface ConvolutionShape {
  /** Side of the square filters. */
  size: number;
  inputs: number;
  outputs: number;
  /** 1 where left out. */
  stride?: number;
  /** Zeros on all four sides; (size − 1) / 2 where left out, which makes ⌈extent / stride⌉ of an extent. */
  padding?: number;
}

/** A convolution named `name`, without bias. */
export function createConvolution(
  parameters: Parameters,
  name: string,
  { size, inputs, outputs, stride = 1, padding = (size - 1) / 2 }: ConvolutionShape,
): Convolution {
  const weight = parameters.create(`${name}.weight`, [size, size, inputs, outputs], heNormal);
  const window = { size, stride, padding };
  return (x, { firstLayer } = {}) => {
    // The same zeros on all sides, as in PyTorch: 'same' would put them below and to the right of a strided image only.
    const forward = (w: tf.Tensor) => tf.conv2d(x, w as tf.Tensor4D, stride, padding);
    if (!firstLayer) return forward(weight);
    return firstLayer({
      x,
      weight,
      forward,
      rows: (images) => unfold(images as tf.Tensor4D, window),
      gram: (images) => windowGram(images as tf.Tensor4D, window),
    }) as tf.Tensor4D;
  };
}
