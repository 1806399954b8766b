import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { valuesAtHand } from '../random/at-hand';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import wgsl from './transform.wgsl?raw';

const transformKernel = defineKernel<'x' | 'flags' | 'black' | 'white' | 'offsets', 'values', object>({
  name: 'LabTransformImages',
  variants: [{ name: 'portable', wgsl, workgroups: ({ values }) => flatWorkgroups(sizeOf(values), 64) }],
  inputs: ['x', 'flags', 'black', 'white', 'offsets'],
  outputs: ['values'],
  integers: ['flags', 'offsets'],
  shape({ x, flags, black, white, offsets }) {
    const [batch = 0, height = 0, width = 0, channels = 0] = x;
    if (x.length !== 4 || height !== width)
      throw new ShapeError(`transformImages needs square images, got ${shapeText(x)}`);
    if (sizeOf(offsets) !== height * width * channels)
      throw new ShapeError(`transformImages: ${shapeText(offsets)} values are no image of ${shapeText(x)}`);
    requireEqual('transformImages', 'flags', flags, 'four for each image', [batch, 4]);
    requireEqual('transformImages', 'black', black, 'one value a channel', [channels]);
    requireEqual('transformImages', 'white', white, 'one value a channel', [channels]);
    return { values: [batch, ...offsets] };
  },
  params: ({ x: [batch = 0, side = 0, , channels = 0], offsets }) => ({
    batch: u32(batch),
    size: u32(sizeOf(offsets)),
    side: u32(side),
    channels: u32(channels),
  }),
  reference({ x, flags, black, white, offsets }) {
    const [batch = 0, side = 0, , channels = 1] = x.shape;
    const [images, blacks, whites] = [valuesAtHand(x), valuesAtHand(black), valuesAtHand(white)];
    const [order, chosen] = [valuesAtHand(offsets), valuesAtHand(flags)];
    const values = new Float32Array(batch * order.length);
    for (let i = 0; i < batch; i++) {
      const [isMirrored, isTurned, isInverted, isBright] = chosen.subarray(4 * i, 4 * i + 4);
      for (const [v, offset] of order.entries()) {
        const channel = offset % channels;
        const [bottom, top] = [blacks[channel] ?? NaN, whites[channel] ?? NaN];
        let row = Math.floor(offset / (channels * side));
        let column = Math.floor(offset / channels) % side;
        if (isTurned) [row, column] = [column, side - 1 - row];
        if (isMirrored) column = side - 1 - column;
        let z = images[((i * side + row) * side + column) * channels + channel] ?? NaN;
        if (isInverted) z = top + bottom - z;
        if (isBright) z += (top - z) / 4;
        values[i * order.length + v] = z;
      }
    }
    return { values: tf.tensor(values, [batch, ...offsets.shape]) };
  },
  cases: (
    [
      { x: [1, 1, 1, 1], offsets: [1] },
      { x: [9, 5, 5, 1], offsets: [25] },
      { x: [19, 4, 4, 3], offsets: [4, 4, 3] },
      { x: [67, 6, 6, 1], offsets: [9, 4] },
    ] satisfies { x: Shape; offsets: Shape }[]
  ).map(({ x, offsets }) => ({
    shapes: { x, flags: [x[0] ?? 0, 4], black: x.slice(3), white: x.slice(3), offsets },
    attrs: {},
    below: 2,
  })),
  // Values of either sign may cancel, so that the last bits of white + black show.
  tolerance: { value: 1e-6, grad: 0 },
});

/**
 * Images changed by up to four transforms each, in this order: mirrored left to right; turned a quarter anticlockwise;
 * inverted, z ← white + black − z, which is 1 − pixel; made brighter, z ← z + (white − z) / 4. Not differentiable.
 * @param x `[batch, side, side, channels]`
 * @param options.flags int32 `[batch, 4]`: which of the four, 0 for no
 * @param options.black and white: `[channels]`, what the pixels 0 and 1 stand for
 * @param options.offsets int32, as many as an image has values: the order in which its values are given
 * @returns `[batch, ...offsets.shape]`
 * @throws ShapeError unless the images are square and the shapes go together.
 */
export const transformImages = (
  x: tf.Tensor4D,
  options: { flags: tf.Tensor2D; black: tf.Tensor1D; white: tf.Tensor1D; offsets: tf.Tensor },
): tf.Tensor => transformKernel({ x, ...options }, {}).values;
