import * as tf from '@tensorflow/tfjs-core';
import { u32, type Param, type Shape } from '../kernel';
import { columnsOf, rowParams, rowsOf, shapeText } from '../rows';
import { ShapeError } from '../shape-error';

/** Attribute of the first stage of a sum over rows. */
export interface Chunked {
  /** Parts the rows are cut into; none may be empty. */
  chunks: number;
}

export const rowsPerChunk = (rows: number, chunks: number): number => Math.ceil(rows / chunks);

/** As many chunks as each has rows: both stages of the sum are then about as long. */
export function balancedChunks(rows: number): number {
  return Math.ceil(rows / Math.ceil(Math.sqrt(rows)));
}

/** @throws ShapeError when a chunk would be empty. */
export function requireFilled(kernel: string, x: Shape, chunks: number): void {
  if (rowsPerChunk(rowsOf(x), chunks) * (chunks - 1) < rowsOf(x)) return;
  throw new ShapeError(`${kernel}: the rows of ${shapeText(x)} do not fill ${chunks} chunks`);
}

/** The first fields of `Params` of a first stage. */
export const chunkParams = (x: Shape, chunks: number): Record<string, Param> => ({
  ...rowParams(x),
  chunks: u32(chunks),
  chunk: u32(rowsPerChunk(rowsOf(x), chunks)),
});

/** What `f` gives for the rows of each chunk, one row each: `[chunks, columns]`, in plain tfjs. */
export function byChunk(x: tf.Tensor, chunks: number, f: (rows: tf.Tensor) => tf.Tensor): tf.Tensor {
  const matrix = tf.reshape(x, [-1, columnsOf(x.shape)]);
  const [rows = 0] = matrix.shape;
  const length = rowsPerChunk(rows, chunks);
  const parts = Array.from({ length: chunks }, (_, i) =>
    f(tf.slice(matrix, [i * length, 0], [Math.min(length, rows - i * length), -1])),
  );
  return tf.stack(parts);
}
