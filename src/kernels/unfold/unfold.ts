import * as tf from '@tensorflow/tfjs-core';
import { convolutionCases } from '../convolution/convolution-cases';
import { explicitPadding, type Sliding } from '../convolution/convolution-shape';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, u32 } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import wgsl from './unfold.wgsl?raw';

interface UnfoldAttrs extends Sliding {
  /** Height and width of a window. */
  taps: readonly [number, number];
  /** Windows down and across. */
  size: readonly [number, number];
}

const unfoldKernel = defineKernel<'x', 'rows', UnfoldAttrs>({
  name: 'LabUnfold',
  variants: [
    {
      name: 'portable',
      wgsl,
      workgroups: ({ rows }, { taps }) => flatWorkgroups((rows[0] ?? 0) * taps[0], 64),
    },
  ],
  inputs: ['x'],
  outputs: ['rows'],
  shape({ x }, { taps, size }) {
    const [batch = 0, , , channels = 0] = x;
    if (x.length !== 4 || !(Math.min(...size) >= 1))
      throw new ShapeError(
        `unfold needs images [batch, height, width, channels] no smaller than a window of ${taps.join(' × ')}, got ${shapeText(x)}`,
      );
    return { rows: [batch * size[0] * size[1], taps[0] * taps[1] * channels] };
  },
  params({ x, rows }, { strides, padding, taps, size }) {
    const [, height = 0, width = 0, channels = 0] = x;
    return {
      count: u32(rows[0] ?? 0),
      height: u32(size[0]),
      width: u32(size[1]),
      sourceHeight: u32(height),
      sourceWidth: u32(width),
      channels: u32(channels),
      tapsDown: u32(taps[0]),
      tapsAcross: u32(taps[1]),
      strideY: u32(strides[0]),
      strideX: u32(strides[1]),
      top: u32(padding[0]),
      left: u32(padding[1]),
    };
  },
  reference({ x }, attrs) {
    const { strides, taps, size } = attrs;
    const [batch, , , channels] = x.shape as [number, number, number, number];
    const padded = tf.pad(x, explicitPadding(attrs, taps, x.shape.slice(1), size));
    const shifted = Array.from({ length: taps[0] * taps[1] }, (_, tap) => {
      const [ky, kx] = [Math.floor(tap / taps[1]), tap % taps[1]];
      return tf.stridedSlice(
        padded,
        [0, ky, kx, 0],
        [batch, ky + (size[0] - 1) * strides[0] + 1, kx + (size[1] - 1) * strides[1] + 1, channels],
        [1, ...strides, 1],
      );
    });
    return { rows: tf.reshape(tf.concat(shifted, 3), [batch * size[0] * size[1], -1]) };
  },
  cases: convolutionCases.map(({ x, filter, y, sliding }) => ({
    shapes: { x },
    attrs: { ...sliding, taps: [filter[0], filter[1]], size: [y[1], y[2]] },
  })),
  tolerance: { value: 0, grad: 0 },
});

/** A square window that slides over an image. */
export interface Window {
  /** Side in pixels. */
  size: number;
  /** Pixels from one window to the next, down and across. */
  stride: number;
  /** Zeros on all four sides. */
  padding: number;
}

/** How often a window fits along an extent in pixels. */
export const places = (extent: number, { size, stride, padding }: Window): number =>
  Math.floor((extent + 2 * padding - size) / stride) + 1;

/**
 * The windows that a filter sees, one to a row: the convolution of x with `filter` is unfold(x) times the filter as a matrix
 * `[size² · channels, out]`. Zeros of the padding are part of the rows. Not differentiable.
 * @param x `[batch, height, width, channels]`
 * @returns `[batch · ⌊(height + 2 padding − size) / stride + 1⌋ · …, size² · channels]`: positions row by row, and in each
 *   the window's pixels row by row, channels last
 * @throws ShapeError for images that are smaller than the window.
 */
export function unfold(x: tf.Tensor4D, window: Window): tf.Tensor2D {
  const { size, stride, padding } = window;
  const [, height, width] = x.shape;
  return unfoldKernel(
    { x },
    {
      strides: [stride, stride],
      padding: [padding, padding],
      taps: [size, size],
      size: [places(height, window), places(width, window)],
    },
  ).rows as tf.Tensor2D;
}
