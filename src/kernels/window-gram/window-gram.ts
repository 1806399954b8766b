import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { places, type Window } from '../unfold/unfold';
import displacedProducts from './displaced-products.wgsl?raw';
import displacedProducts3 from './displaced-products3.wgsl?raw';
import sumWindows from './sum-windows.wgsl?raw';

const across = (size: number): number => 2 * size - 1;
const tilesOf = (channels: number): number => Math.ceil(channels / 4);

/** x `[batch, height, width, channels]` → products `[size, 2 size − 1, height, width, channels, channels]`. */
const displacedKernel = defineKernel<'x', 'products', { size: number; channels: number }>({
  name: 'LabDisplacedProducts',
  variants: [
    {
      name: 'channels3',
      wgsl: displacedProducts3,
      fits: ({ x }) => (x[3] ?? 0) <= 3,
      constants: ({ channels }) => ({ channels }),
      workgroups: ({ x: [, height = 0, width = 0] }, { size }) =>
        flatWorkgroups(size * across(size) * height * width, 64),
    },
    {
      name: 'portable',
      wgsl: displacedProducts,
      workgroups: ({ x: [, height = 0, width = 0, channels = 0] }, { size }) =>
        flatWorkgroups(tilesOf(channels) ** 2 * size * across(size) * height * width, 64),
    },
  ],
  inputs: ['x'],
  outputs: ['products'],
  shape({ x }, { size }) {
    const [, height = 0, width = 0, channels = 0] = x;
    if (x.length !== 4)
      throw new ShapeError(`windowGram needs images [batch, height, width, channels], got ${shapeText(x)}`);
    return { products: [size, across(size), height, width, channels, channels] };
  },
  params: ({ x: [batch = 0, height = 0, width = 0, channels = 0] }, { size }) => ({
    batch: u32(batch),
    height: u32(height),
    width: u32(width),
    channels: u32(channels),
    size: u32(size),
    tiles: u32(tilesOf(channels)),
  }),
  reference({ x }, { size }) {
    const [, height, width, channels] = x.shape as [number, number, number, number];
    const around = size - 1;
    const padded = tf.pad(x, [
      [0, 0],
      [0, around],
      [around, around],
      [0, 0],
    ]);
    const displaced = Array.from({ length: size * across(size) }, (_, d) => {
      const from = [0, Math.floor(d / across(size)), d % across(size), 0];
      const other = tf.slice(padded, from, [-1, height, width, -1]);
      return tf.sum(tf.mul(tf.expandDims(x, -1), tf.expandDims(other, -2)), 0);
    });
    const shape = [size, across(size), height, width, channels, channels];
    return { products: tf.reshape(tf.stack(displaced), shape) };
  },
  cases: [
    { x: [1, 1, 1, 1], size: 1 },
    { x: [2, 5, 7, 3], size: 3 },
    { x: [3, 2, 3, 1], size: 5 },
    { x: [67, 9, 8, 4], size: 2 },
    { x: [2, 4, 3, 6], size: 3 },
  ].map(({ x, size }) => ({ shapes: { x }, attrs: { size, channels: x[3] ?? 0 } })),
  tolerance: { value: 1e-5, grad: 0 },
});

/** products `[size, 2 size − 1, height, width, channels, channels]` → gram `[size² · channels, size² · channels]`. */
const sumKernel = defineKernel<'products', 'gram', Window>({
  name: 'LabWindowGram',
  variants: [
    { name: 'portable', wgsl: sumWindows, workgroups: ({ gram }) => flatWorkgroups(sizeOf(gram), 32) },
  ],
  inputs: ['products'],
  outputs: ['gram'],
  shape({ products }, { size }) {
    const inputs = size ** 2 * (products[4] ?? 0);
    return { gram: [inputs, inputs] };
  },
  params({ products: [, , height = 0, width = 0, channels = 0] }, window) {
    const { size, stride, padding } = window;
    return {
      height: u32(height),
      width: u32(width),
      channels: u32(channels),
      size: u32(size),
      stride: u32(stride),
      padding: u32(padding),
      down: u32(places(height, window)),
      across: u32(places(width, window)),
    };
  },
  reference({ products }, window) {
    const { size, stride, padding } = window;
    const [, , height, width, channels] = products.shape as [number, number, number, number, number];
    const [down, right] = [places(height, window), places(width, window)];
    const zeros = Math.max(padding, size * stride) + size;
    const blockOf = (tap: number, other: number): tf.Tensor => {
      const [ky, kx] = [Math.floor(tap / size), tap % size];
      const [ly, lx] = [Math.floor(other / size), other % size];
      if (other < tap) return tf.transpose(blockOf(other, tap));
      const plane = tf.slice(products, [ly - ky, lx - kx + size - 1], [1, 1]);
      const image = tf.reshape<tf.Rank.R3>(plane, [height, width, channels ** 2]);
      const padded = tf.pad(image, [
        [padding, zeros],
        [padding, zeros],
        [0, 0],
      ]);
      const met = tf.stridedSlice(
        padded,
        [ky, kx, 0],
        [ky + (down - 1) * stride + 1, kx + (right - 1) * stride + 1, channels ** 2],
        [stride, stride, 1],
      );
      const block = tf.reshape<tf.Rank.R2>(tf.sum(met, [0, 1]), [channels, channels]);
      if (tap !== other) return block;
      // The upper half of the matrix counts for both.
      const upper = tf.linalg.bandPart(block, 0, -1);
      return tf.add(upper, tf.sub(tf.transpose(upper), tf.linalg.bandPart(upper, 0, 0)));
    };
    const taps = Array.from({ length: size ** 2 }, (_, tap) => tap);
    const rows = taps.map((tap) =>
      tf.concat(
        taps.map((other) => blockOf(tap, other)),
        1,
      ),
    );
    return { gram: tf.concat(rows, 0) };
  },
  cases: [
    { image: [1, 1, 1], size: 1, stride: 1, padding: 0 },
    { image: [5, 7, 3], size: 3, stride: 1, padding: 1 },
    { image: [9, 8, 1], size: 5, stride: 2, padding: 2 },
    { image: [6, 7, 2], size: 2, stride: 3, padding: 1 },
  ].map(({ image: [height = 0, width = 0, channels = 0], ...window }) => ({
    shapes: { products: [window.size, across(window.size), height, width, channels, channels] },
    attrs: window,
  })),
  tolerance: { value: 1e-5, grad: 0 },
});

/**
 * Gram matrix XᵀX of all windows X = unfold(x), which are never written: two windows share what pixels that lie as far apart
 * have in common, so the products of pixels are summed over the batch first, once for each displacement, and then over the
 * places of each pair of pixels in a window. For 3 × 3 windows with stride 1 that is 3 times less work than from the windows.
 * Sums are in a fixed order, and the result is symmetric to the bit.
 * @param x `[batch, height, width, channels]`
 * @returns `[size² · channels, size² · channels]`
 * @throws ShapeError for images that are smaller than the window.
 */
export function windowGram(x: tf.Tensor4D, window: Window): tf.Tensor2D {
  return tf.tidy(() => {
    const { products } = displacedKernel({ x }, { size: window.size, channels: x.shape[3] });
    return sumKernel({ products }, window).gram as tf.Tensor2D;
  });
}
