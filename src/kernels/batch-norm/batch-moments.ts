import * as tf from '@tensorflow/tfjs-core';
import { LAB } from '../../engine/lab-backend';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, type Shape } from '../kernel';
import { columnsOf, requireEqual, rowsOf } from '../rows';
import {
  balancedChunks,
  byChunk,
  chunkParams,
  requireFilled,
  rowsPerChunk,
  type Chunked,
} from './column-chunks';
import portable from './chunk-moments.wgsl?raw';
import columns4 from './chunk-moments4.wgsl?raw';
import combine from './combine-moments.wgsl?raw';

const cases: { x: Shape; chunks: number }[] = [
  { x: [1, 1], chunks: 1 },
  { x: [7, 3], chunks: 3 },
  { x: [2, 5, 3, 8], chunks: 4 },
  { x: [131, 36], chunks: 11 },
  { x: [3, 65], chunks: 1 },
  { x: [2, 260], chunks: 2 },
];

/** Mean of each column and its squared distances from it, chunk by chunk: x `[..., channels]`, both `[chunks, channels]`. */
const chunkMoments = defineKernel<'x', 'mean' | 'squares', Chunked>({
  name: 'LabChunkMoments',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ mean }) => flatWorkgroups(sizeOf(mean) / 4, 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ mean }) => flatWorkgroups(sizeOf(mean), 64) },
  ],
  inputs: ['x'],
  outputs: ['mean', 'squares'],
  shape({ x }, { chunks }) {
    requireFilled('chunkMoments', x, chunks);
    return { mean: [chunks, columnsOf(x)], squares: [chunks, columnsOf(x)] };
  },
  params: ({ x }, { chunks }) => chunkParams(x, chunks),
  reference: ({ x }, { chunks }) => ({
    mean: byChunk(x, chunks, (rows) => tf.mean(rows, 0)),
    squares: byChunk(x, chunks, (rows) => tf.sum(tf.square(tf.sub(rows, tf.mean(rows, 0))), 0)),
  }),
  cases: cases.map(({ x, chunks }) => ({ shapes: { x }, attrs: { chunks } })),
  tolerance: { value: 1e-5, grad: 0 },
});

/** Mean and variance `[2, channels]` of `rows` rows from those of their chunks. */
const combineMoments = defineKernel<'mean' | 'squares', 'moments', { rows: number }>({
  name: 'LabCombineMoments',
  variants: [
    { name: 'portable', wgsl: combine, workgroups: ({ mean }) => flatWorkgroups(columnsOf(mean), 64) },
  ],
  inputs: ['mean', 'squares'],
  outputs: ['moments'],
  shape({ mean, squares }, { rows }) {
    requireEqual('combineMoments', 'mean', mean, 'squares', squares);
    requireFilled('combineMoments', [rows, columnsOf(mean)], rowsOf(mean));
    return { moments: [2, columnsOf(mean)] };
  },
  params: ({ mean }, { rows }) => chunkParams([rows, columnsOf(mean)], rowsOf(mean)),
  reference({ mean, squares }, { rows }) {
    const chunks = rowsOf(mean.shape);
    const length = rowsPerChunk(rows, chunks);
    const counts = tf.tensor2d(
      Array.from({ length: chunks }, (_, i) => Math.min(length, rows - i * length)),
      [chunks, 1],
    );
    const center = tf.div(tf.sum(tf.mul(counts, mean), 0), rows);
    const between = tf.mul(counts, tf.square(tf.sub(mean, center)));
    return { moments: tf.stack([center, tf.div(tf.sum(tf.add(squares, between), 0), rows)]) };
  },
  cases: cases.map(({ x, chunks }) => ({
    shapes: { mean: [chunks, columnsOf(x)], squares: [chunks, columnsOf(x)] },
    attrs: { rows: rowsOf(x) },
  })),
  tolerance: { value: 1e-5, grad: 0 },
});

/**
 * Mean and biased variance of each channel over all axes but the last, `[2, channels]`: two passes over chunks of rows,
 * then over the chunks, in a fixed order. Not differentiable.
 * @param x `[..., channels]`
 */
export function batchMoments(x: tf.Tensor): tf.Tensor2D {
  const rows = rowsOf(x.shape);
  // Chunks keep a graphics card busy; elsewhere they only cost.
  const chunks = tf.getBackend() === LAB ? balancedChunks(rows) : 1;
  return tf.tidy(() => combineMoments(chunkMoments({ x }, { chunks }), { rows }).moments as tf.Tensor2D);
}
