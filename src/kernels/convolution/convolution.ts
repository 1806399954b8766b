import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, u32, type Shape } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { convolutionCases } from './convolution-cases';
import { explicitPadding, extentsOf, requireImages, type Sliding } from './convolution-shape';
import gather from './gather.wgsl?raw';
import tiled from './gather-tiled.wgsl?raw';
import gather16 from './gather16.wgsl?raw';
import gather4 from './gather4.wgsl?raw';

export interface ConvolutionAttrs extends Sliding {
  /** Rows and columns of the result. */
  size: readonly [number, number];
  /** Compute, from a gradient with respect to a convolution's result, the one with respect to its input. */
  backward: boolean;
  /** Add `bias`; without it anything may be bound in its place. */
  bias: boolean;
  relu: boolean;
}

type Name = 'x' | 'filter' | 'bias' | 'y';

/** Tiles of `positions` × `channels` that cover y; positions of a tile lie in one row, as far apart as a gradient's strides. */
function tiles(
  y: Shape,
  { strides, backward }: ConvolutionAttrs,
  positions: number,
  channels: number,
): number {
  const { batch, height, width, channels: all } = extentsOf(y);
  const phases = backward ? strides[1] : 1;
  return (
    batch * height * phases * Math.ceil(Math.ceil(width / phases) / positions) * Math.ceil(all / channels)
  );
}

const variant = (name: string, wgsl: string, positions: number, channels: number, step = channels) => ({
  name,
  wgsl,
  fits: ({ y }: Record<Name, Shape>) => (y[3] ?? 0) % step === 0,
  workgroups: ({ y }: Record<Name, Shape>, attrs: ConvolutionAttrs) =>
    flatWorkgroups(tiles(y, attrs, positions, channels), 32),
});

/**
 * y = act(x ∗ filter + bias), the cross-correlation that neural networks call convolution: x `[batch, height, width, in]`,
 * filter `[filterHeight, filterWidth, in, out]`, bias `[out]`, y `[batch, ...size, out]`. Backward, x is the gradient with
 * respect to the result of such a convolution, y the one with respect to its input, and the filter comes with its last two
 * axes exchanged: y[b, v, u, o] = Σ x[b, v', u', c] filter[ky, kx, c, o] over the taps with v = v' · stride + ky − padding.
 * Plain `tf.conv2d` and its gradient run on it.
 */
export const convolution = defineKernel<'x' | 'filter' | 'bias', 'y', ConvolutionAttrs>({
  name: 'LabConvolution',
  variants: [
    variant('channels16', gather16, 8, 16),
    variant('channels4', gather4, 8, 4),
    variant('portable', gather, 4, 4, 1),
    {
      name: 'tiled',
      wgsl: tiled,
      fits: ({ x, y }) => (x[3] ?? 0) % 4 === 0 && (y[3] ?? 0) % 4 === 0,
      workgroups({ y }) {
        const { batch, height, width, channels } = extentsOf(y);
        return flatWorkgroups(Math.ceil((batch * height * width) / 128) * Math.ceil(channels / 16), 1);
      },
    },
  ],
  inputs: ['x', 'filter', 'bias'],
  outputs: ['y'],
  shape({ x, filter, bias }, { size, bias: hasBias }) {
    requireImages('convolution', x, filter);
    if (x[3] !== filter[2] || (hasBias && (bias.length !== 1 || bias[0] !== filter[3]))) {
      throw new ShapeError(
        `convolution needs as many channels in x as in the filter, and as many biases as filters, got ${shapeText(x)}, ${shapeText(filter)} and ${shapeText(bias)}`,
      );
    }
    return { y: [x[0] ?? 0, ...size, filter[3] ?? 0] };
  },
  params({ x, filter, y }, { strides, padding, backward, bias, relu }) {
    const [source, result] = [extentsOf(x), extentsOf(y)];
    const [strideY, strideX] = backward ? [1, 1] : strides;
    const [upY, upX] = backward ? strides : [1, 1];
    const offset = (zeros: number) => u32((backward ? zeros : -zeros) >>> 0);
    return {
      batch: u32(result.batch),
      height: u32(result.height),
      width: u32(result.width),
      channels: u32(result.channels),
      sourceHeight: u32(source.height),
      sourceWidth: u32(source.width),
      sourceChannels: u32(source.channels),
      filterHeight: u32(filter[0] ?? 0),
      filterWidth: u32(filter[1] ?? 0),
      strideY: u32(strideY),
      strideX: u32(strideX),
      upY: u32(upY),
      upX: u32(upX),
      offsetY: offset(padding[0]),
      offsetX: offset(padding[1]),
      backward: u32(backward ? 1 : 0),
      bias: u32(bias ? 1 : 0),
      relu: u32(relu ? 1 : 0),
    };
  },
  reference({ x, filter, bias }, attrs) {
    const { strides, size, backward, bias: hasBias, relu } = attrs;
    const [image, taps] = [x as tf.Tensor4D, filter as tf.Tensor4D];
    const [inner, outer] = [image.shape.slice(1, 3), size];
    const sum = backward
      ? tf.conv2dTranspose(
          image,
          tf.transpose(taps, [0, 1, 3, 2]),
          [image.shape[0], ...size, taps.shape[3]],
          [...strides],
          explicitPadding(attrs, filter.shape, outer, inner),
        )
      : tf.conv2d(image, taps, [...strides], explicitPadding(attrs, filter.shape, inner, outer));
    const shifted = hasBias ? tf.add(sum, bias) : sum;
    return { y: relu ? tf.relu(shifted) : shifted };
  },
  cases: convolutionCases.flatMap(({ x, filter, y, sliding }, i) => {
    const [height, width, inputs, outputs] = filter;
    return [
      {
        shapes: { x, filter, bias: [outputs] },
        attrs: { ...sliding, size: [y[1], y[2]], backward: false, bias: i % 2 === 0, relu: i % 4 === 0 },
      },
      {
        shapes: { x: y, filter: [height, width, outputs, inputs], bias: [inputs] },
        attrs: { ...sliding, size: [x[1], x[2]], backward: true, bias: i % 2 === 1, relu: false },
      },
    ];
  }),
  tolerance: { value: 1e-5, grad: 0 },
});
