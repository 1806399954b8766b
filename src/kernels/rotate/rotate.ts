import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { valuesAtHand } from '../random/at-hand';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import wgsl from './rotate.wgsl?raw';

/** cos 2πv and sin 2πv, exact at quarter turns. */
function direction(v: number): readonly [number, number] {
  const quarters = Math.round(4 * v);
  const angle = (Math.PI / 2) * (4 * v - quarters);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  switch (quarters & 3) {
    case 1:
      return [-s, c];
    case 2:
      return [-c, -s];
    case 3:
      return [s, -c];
    default:
      return [c, s];
  }
}

const rotateKernel = defineKernel<'x' | 'turns' | 'black' | 'offsets', 'values', object>({
  name: 'LabRotate',
  variants: [{ name: 'portable', wgsl, workgroups: ({ values }) => flatWorkgroups(sizeOf(values), 64) }],
  inputs: ['x', 'turns', 'black', 'offsets'],
  outputs: ['values'],
  integers: ['offsets'],
  shape({ x, turns, black, offsets }) {
    const [batch = 0, , , channels = 0] = x;
    if (x.length !== 4 || sizeOf(offsets) !== sizeOf(x.slice(1)))
      throw new ShapeError(`rotate: ${shapeText(offsets)} values are no image of ${shapeText(x)}`);
    requireEqual('rotate', 'turns', turns, 'one for each image', [batch]);
    requireEqual('rotate', 'black', black, 'one value a channel', [channels]);
    return { values: [batch, ...offsets] };
  },
  params: ({ x: [batch = 0, height = 0, width = 0, channels = 0], offsets }) => ({
    batch: u32(batch),
    size: u32(sizeOf(offsets)),
    height: u32(height),
    width: u32(width),
    channels: u32(channels),
  }),
  reference({ x, turns, black, offsets }) {
    const [batch = 0, height = 0, width = 0, channels = 1] = x.shape;
    const [images, blacks, order] = [valuesAtHand(x), valuesAtHand(black), valuesAtHand(offsets)];
    const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
    const values = new Float32Array(batch * order.length);
    for (const [i, turn] of valuesAtHand(turns).entries()) {
      const [cosine, sine] = direction(turn);
      for (const [v, offset] of order.entries()) {
        const channel = offset % channels;
        const toX = (Math.floor(offset / channels) % width) - middleX;
        const toY = Math.floor(offset / (channels * width)) - middleY;
        const sourceX = middleX + toX * cosine - toY * sine;
        const sourceY = middleY + toX * sine + toY * cosine;
        const [column, row] = [Math.floor(sourceX), Math.floor(sourceY)];
        const [shareX, shareY] = [sourceX - column, sourceY - row];
        const pixel = (y: number, x: number) =>
          (y >= 0 && y < height && x >= 0 && x < width
            ? images[((i * height + y) * width + x) * channels + channel]
            : blacks[channel]) ?? NaN;
        const line = (y: number) => (1 - shareX) * pixel(y, column) + shareX * pixel(y, column + 1);
        values[i * order.length + v] = (1 - shareY) * line(row) + shareY * line(row + 1);
      }
    }
    return { values: tf.tensor(values, [batch, ...offsets.shape]) };
  },
  cases: (
    [
      { x: [1, 1, 1, 1], offsets: [1] },
      { x: [3, 5, 3, 1], offsets: [15] },
      { x: [7, 3, 8, 3], offsets: [3, 8, 3] },
      { x: [67, 6, 6, 1], offsets: [9, 4] },
    ] satisfies { x: Shape; offsets: Shape }[]
  ).map(({ x, offsets }) => ({
    shapes: { x, turns: x.slice(0, 1), black: x.slice(3), offsets },
    attrs: {},
    below: sizeOf(offsets),
  })),
  tolerance: { value: 2e-5, grad: 0 },
});

/**
 * Images turned anticlockwise about their centre, by bilinear sampling. No turn and, of square images, whole quarter turns
 * are exact: they move values and change none. Sampling is linear, so that it does not matter whether values are
 * standardised before or after, up to rounding. Not differentiable.
 * @param x `[batch, height, width, channels]`
 * @param options.turns `[batch]`, in whole turns
 * @param options.black `[channels]`: the value outside the image
 * @param options.offsets int32, as many as an image has values: the order in which its values are given
 * @returns `[batch, ...offsets.shape]`
 * @throws ShapeError when the shapes do not go together.
 */
export const rotate = (
  x: tf.Tensor4D,
  { turns, black, offsets }: { turns: tf.Tensor1D; black: tf.Tensor1D; offsets: tf.Tensor },
): tf.Tensor => rotateKernel({ x, turns, black, offsets }, {}).values;
