import * as tf from '@tensorflow/tfjs-core';
import type { Initializer, Parameters } from './parameters';

/** `[batch, height, width, in]` → `[batch, height', width', out]`. */
export type Convolution = (x: tf.Tensor4D) => tf.Tensor4D;

/**
 * He et al.'s initialisation for layers that ReLU follows ("Delving deep into rectifiers", ICCV 2015): normal numbers of
 * variance 2 / fan in, for `[..., in, out]`.
 */
export const heNormal: Initializer = (values, shape, rng) => {
  const fanIn = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const deviation = Math.sqrt(2 / fanIn);
  for (let i = 0; i < values.length; i++) values[i] = rng.normal() * deviation;
};

/** A convolution named `name` with square filters of `size`, padded to ⌈extent / stride⌉, without bias. */
export function createConvolution(
  parameters: Parameters,
  name: string,
  { size, inputs, outputs, stride = 1 }: { size: number; inputs: number; outputs: number; stride?: number },
): Convolution {
  const weight = parameters.create(`${name}.weight`, [size, size, inputs, outputs], heNormal);
  // The same zeros on all sides, as in PyTorch: 'same' would put them below and to the right of a strided image only.
  return (x) => tf.conv2d(x, weight as tf.Variable<tf.Rank.R4>, stride, (size - 1) / 2);
}
