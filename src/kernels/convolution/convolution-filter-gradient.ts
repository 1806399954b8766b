import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, u32, type Shape } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { convolutionCases } from './convolution-cases';
import { explicitPadding, extentsOf, requireImages, type Sliding } from './convolution-shape';
import tiled from './filter-gradient-tiled.wgsl?raw';
import portable from './filter-gradient.wgsl?raw';
import channels16 from './filter-gradient16.wgsl?raw';
import channels4 from './filter-gradient4.wgsl?raw';

export interface FilterGradientAttrs extends Sliding {
  /** Height and width of the filter. */
  taps: readonly [number, number];
  /** Partial sums, each over some rows of dy; none may be empty. */
  chunks: number;
}

type Name = 'x' | 'dy' | 'df';

/** Rows of dy, over the batch. */
const rowsOf = (dy: Shape): number => (dy[0] ?? 0) * (dy[1] ?? 0);
const rowsPerChunk = (dy: Shape, chunks: number): number => Math.ceil(rowsOf(dy) / chunks);

/** Tiles of `sources` × `channels` that cover one partial sum `[chunks, filterHeight, filterWidth, in, out]`. */
const tiles = (df: Shape, sources: number, channels: number): number =>
  (df[0] ?? 0) *
  (df[1] ?? 0) *
  (df[2] ?? 0) *
  Math.ceil((df[3] ?? 0) / sources) *
  Math.ceil((df[4] ?? 0) / channels);

const variant = (
  name: string,
  wgsl: string,
  [sources, channels]: [number, number],
  [stepX, stepDy]: [number, number],
) => ({
  name,
  wgsl,
  fits: ({ x, dy }: Record<Name, Shape>) => (x[3] ?? 0) % stepX === 0 && (dy[3] ?? 0) % stepDy === 0,
  workgroups: ({ df }: Record<Name, Shape>) => flatWorkgroups(tiles(df, sources, channels), 32),
});

/**
 * First stage of a convolution's gradient with respect to its filter: df[chunk, ky, kx, c, o] = Σ x dy over the positions
 * in the rows of one chunk. x `[batch, height, width, in]`, dy `[batch, height', width', out]`,
 * df `[chunks, ...taps, in, out]`, to be summed over its first axis.
 */
export const convolutionFilterGradient = defineKernel<'x' | 'dy', 'df', FilterGradientAttrs>({
  name: 'LabConvolutionFilterGradient',
  variants: [
    variant('channels16', channels16, [8, 16], [8, 16]),
    variant('channels4', channels4, [4, 4], [1, 4]),
    variant('portable', portable, [4, 4], [1, 1]),
    {
      name: 'tiled',
      wgsl: tiled,
      fits: ({ x, dy }) => (x[3] ?? 0) % 4 === 0 && (dy[3] ?? 0) % 4 === 0,
      workgroups({ df }) {
        const [chunks = 0, height = 0, width = 0, inputs = 0, outputs = 0] = df;
        return flatWorkgroups(
          chunks * Math.ceil((height * width * inputs) / 64) * Math.ceil(outputs / 16),
          1,
        );
      },
    },
  ],
  inputs: ['x', 'dy'],
  outputs: ['df'],
  shape({ x, dy }, { taps, chunks }) {
    requireImages('convolutionFilterGradient', x, dy);
    if (x[0] !== dy[0] || rowsPerChunk(dy, chunks) * (chunks - 1) >= rowsOf(dy)) {
      throw new ShapeError(
        `convolutionFilterGradient needs images of one batch and no more chunks than rows fill, got ${shapeText(x)}, ${shapeText(dy)} and ${chunks} chunks`,
      );
    }
    return { df: [chunks, ...taps, x[3] ?? 0, dy[3] ?? 0] };
  },
  params({ x, dy }, { strides, padding, taps, chunks }) {
    const [source, result] = [extentsOf(x), extentsOf(dy)];
    return {
      batch: u32(result.batch),
      height: u32(result.height),
      width: u32(result.width),
      channels: u32(result.channels),
      sourceHeight: u32(source.height),
      sourceWidth: u32(source.width),
      sourceChannels: u32(source.channels),
      filterHeight: u32(taps[0]),
      filterWidth: u32(taps[1]),
      strideY: u32(strides[0]),
      strideX: u32(strides[1]),
      top: u32(padding[0]),
      left: u32(padding[1]),
      chunks: u32(chunks),
      chunk: u32(rowsPerChunk(dy, chunks)),
    };
  },
  reference({ x, dy }, attrs) {
    const { strides, taps, chunks } = attrs;
    const [batch, height, width, outputs] = dy.shape as [number, number, number, number];
    const inputs = x.shape[3] ?? 0;
    const padded = tf.pad(x, explicitPadding(attrs, taps, x.shape.slice(1), [height, width]));
    const length = rowsPerChunk(dy.shape, chunks);
    const chunked = (image: tf.Tensor, channels: number) => {
      const rows = tf.reshape(image, [batch * height, width * channels]);
      const filled = tf.pad(rows, [
        [0, length * chunks - batch * height],
        [0, 0],
      ]);
      return tf.reshape(filled, [chunks, length * width, channels]);
    };
    const right = chunked(dy, outputs);
    // One matrix product for each tap, over the positions that it meets: [in, positions]·[positions, out].
    const products = Array.from({ length: taps[0] * taps[1] }, (_, tap) => {
      const [ky, kx] = [Math.floor(tap / taps[1]), tap % taps[1]];
      const met = tf.stridedSlice(
        padded,
        [0, ky, kx, 0],
        [batch, ky + (height - 1) * strides[0] + 1, kx + (width - 1) * strides[1] + 1, inputs],
        [1, ...strides, 1],
      );
      return tf.matMul(chunked(met, inputs), right, true, false);
    });
    return { df: tf.reshape(tf.stack(products, 1), [chunks, ...taps, inputs, outputs]) };
  },
  cases: convolutionCases.map(({ x, filter, y, sliding }, i) => ({
    shapes: { x, dy: y },
    attrs: { ...sliding, taps: [filter[0], filter[1]], chunks: i % 2 === 0 ? 1 : 2 },
  })),
  tolerance: { value: 2e-5, grad: 0 },
});

/** Enough invocations to keep a device busy. */
const wantedThreads = 4096;

/** In how many chunks of whole rows to sum, for a filter of `[filterHeight, filterWidth, in, out]`. */
export function filterGradientChunks(dy: Shape, filter: Shape): number {
  const [height = 0, width = 0, inputs = 0, outputs = 0] = filter;
  const perChunk = tiles([1, height, width, inputs, outputs], 8, 16);
  const wanted = Math.min(rowsOf(dy), Math.ceil(wantedThreads / perChunk));
  return Math.ceil(rowsOf(dy) / rowsPerChunk(dy, wanted)); // no chunk is empty
}
