import type * as tf from '@tensorflow/tfjs-core';
import { addRelu } from '../kernels/relu/relu';

/** A convolution with its norm, and ReLU where asked for. `Mode` tells training from evaluation. */
export type ConvolutionUnit<Mode> = (x: tf.Tensor4D, mode: Mode, relu: boolean) => tf.Tensor4D;

/** How a unit named so is made. */
export type CreateUnit<Mode> = (
  name: string,
  shape: { size: number; inputs: number; outputs: number; stride: number },
) => ConvolutionUnit<Mode>;

/**
 * Basic residual block y = ReLU(unit(ReLU(unit x)) + shortcut x) of He et al., "Deep residual learning" (CVPR 2016), section
 * 4.2. Where the shape changes the shortcut is a 1×1 unit (option B there), where it does not it is x itself.
 */
export function createResidualBlock<Mode>(
  createUnit: CreateUnit<Mode>,
  name: string,
  { inputs, outputs, stride }: { inputs: number; outputs: number; stride: number },
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const first = createUnit(`${name}.first`, { size: 3, inputs, outputs, stride });
  const second = createUnit(`${name}.second`, { size: 3, inputs: outputs, outputs, stride: 1 });
  const changes = stride !== 1 || inputs !== outputs;
  const shortcut = changes ? createUnit(`${name}.shortcut`, { size: 1, inputs, outputs, stride }) : null;
  return (x, mode) => addRelu(second(first(x, mode, true), mode, false), shortcut?.(x, mode, false) ?? x);
}
