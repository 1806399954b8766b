import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { valuesAtHand } from '../random/at-hand';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import wgsl from './overlay.wgsl?raw';

interface Canvas {
  /** Height and width in pixels. */
  canvas: readonly [number, number];
}

const overlayKernel = defineKernel<'left' | 'right' | 'black' | 'offsets' | 'places', 'values', Canvas>({
  name: 'LabOverlay',
  variants: [{ name: 'portable', wgsl, workgroups: ({ values }) => flatWorkgroups(sizeOf(values), 64) }],
  inputs: ['left', 'right', 'black', 'offsets', 'places'],
  outputs: ['values'],
  integers: ['offsets', 'places'],
  shape({ left, right, black, offsets, places }, { canvas }) {
    const [batch = 0, height = 0, width = 0, channels = 0] = left;
    const [canvasHeight, canvasWidth] = canvas;
    if (left.length !== 4 || height > canvasHeight || width > canvasWidth)
      throw new ShapeError(`overlay: images ${shapeText(left)} do not fit a canvas ${shapeText(canvas)}`);
    if (sizeOf(offsets) !== canvasHeight * canvasWidth * channels)
      throw new ShapeError(
        `overlay: ${shapeText(offsets)} values are no canvas ${shapeText(canvas)} with ${channels} channels`,
      );
    requireEqual('overlay', 'left', left, 'right', right);
    requireEqual('overlay', 'black', black, 'one value a channel', [channels]);
    requireEqual('overlay', 'places', places, 'four for each image', [batch, 4]);
    return { values: [batch, ...offsets] };
  },
  params: ({ left: [batch = 0, height = 0, width = 0, channels = 0], offsets }, { canvas }) => ({
    batch: u32(batch),
    size: u32(sizeOf(offsets)),
    height: u32(height),
    width: u32(width),
    channels: u32(channels),
    canvas_height: u32(canvas[0]),
    canvas_width: u32(canvas[1]),
  }),
  reference({ left, right, black, offsets, places }, { canvas: [canvasHeight, canvasWidth] }) {
    const [batch = 0, height = 0, width = 0, channels = 1] = left.shape;
    const [lefts, rights, blacks] = [valuesAtHand(left), valuesAtHand(right), valuesAtHand(black)];
    const [order, corners] = [valuesAtHand(offsets), valuesAtHand(places)];
    const values = new Float32Array(batch * order.length);
    for (let i = 0; i < batch; i++) {
      const [down = 0, along = 0, up = 0, back = 0] = corners.subarray(4 * i, 4 * i + 4);
      for (const [v, offset] of order.entries()) {
        const channel = offset % channels;
        const column = Math.floor(offset / channels) % canvasWidth;
        const row = Math.floor(offset / (channels * canvasWidth));
        const pixel = (images: Float32Array | Int32Array, y: number, x: number) =>
          (y >= 0 && y < height && x >= 0 && x < width
            ? images[((i * height + y) * width + x) * channels + channel]
            : blacks[channel]) ?? NaN;
        values[i * order.length + v] = Math.max(
          pixel(lefts, row - down, column - along),
          pixel(rights, row - (canvasHeight - height - up), column - (canvasWidth - width - back)),
        );
      }
    }
    return { values: tf.tensor(values, [batch, ...offsets.shape]) };
  },
  cases: (
    [
      { image: [1, 1, 1, 1], canvas: [1, 1], offsets: [1] },
      { image: [3, 5, 3, 1], canvas: [7, 4], offsets: [28] },
      { image: [5, 3, 4, 3], canvas: [5, 6], offsets: [5, 6, 3] },
      { image: [67, 4, 4, 1], canvas: [6, 6], offsets: [9, 4] },
    ] satisfies ({ image: Shape; offsets: Shape } & Canvas)[]
  ).map(({ image, canvas, offsets }) => ({
    shapes: { left: image, right: image, black: image.slice(3), offsets, places: [image[0] ?? 0, 4] },
    attrs: { canvas },
    below: 4, // some images lie partly outside
  })),
  tolerance: { value: 0, grad: 0 },
});

/**
 * Two images on a larger canvas, the larger of their values at each place, as in MultiMNIST (Sabour et al., NeurIPS 2017;
 * Sener and Koltun, NeurIPS 2018). With places p of image i, the left one begins at row p₀ and column p₁ of the canvas, and
 * the right one ends p₂ rows and p₃ columns before the canvas does; what lies outside is cut off. Standardising raises
 * all values of a channel alike, so that the larger standardised value is the larger pixel. Not differentiable.
 * @param left and right: `[batch, height, width, channels]`
 * @param options.black `[channels]`: the value where neither image lies
 * @param options.offsets int32, as many as the canvas has values: the order in which its values are given
 * @param options.places int32 `[batch, 4]`
 * @param options.canvas its height and width
 * @returns `[batch, ...offsets.shape]`
 * @throws ShapeError when the images are larger than the canvas or the shapes do not go together.
 */
export function overlay(
  left: tf.Tensor4D,
  right: tf.Tensor4D,
  {
    black,
    offsets,
    places,
    canvas,
  }: { black: tf.Tensor1D; offsets: tf.Tensor; places: tf.Tensor2D } & Canvas,
): tf.Tensor {
  return overlayKernel({ left, right, black, offsets, places }, { canvas }).values;
}
