import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { chunksFor } from '../reduce/reduce';
import { columnsOf, requireEqual, rowParams, rowsOf } from '../rows';
import input from './input-gradient.wgsl?raw';
import input4 from './input-gradient4.wgsl?raw';
import parameters from './parameter-gradient.wgsl?raw';

/** x̂ = (x − mean) rstd, in plain tfjs. */
const normalized = (x: tf.Tensor, mean: tf.Tensor, rstd: tf.Tensor) =>
  tf.mul(tf.sub(x, tf.expandDims(mean, -1)), tf.expandDims(rstd, -1));

const cases = [
  [1, 1],
  [3, 7],
  [2, 5, 8],
  [70, 36],
  [131, 3],
];

/**
 * dx = rstd (g − mean(g) − x̂ mean(g x̂)) with g = dy gamma.
 * dy, x, dx `[..., width]`; gamma `[width]`; mean, rstd `[...]`.
 */
export const layerNormInputGradient = defineKernel<'dy' | 'x' | 'gamma' | 'mean' | 'rstd', 'dx', object>({
  name: 'LabLayerNormInputGradient',
  variants: [
    {
      name: 'columns4',
      wgsl: input4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64),
    },
    { name: 'portable', wgsl: input, workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64) },
  ],
  inputs: ['dy', 'x', 'gamma', 'mean', 'rstd'],
  outputs: ['dx'],
  shape({ dy, x, gamma, mean, rstd }) {
    requireEqual('layerNormInputGradient', 'dy', dy, 'x', x);
    requireEqual('layerNormInputGradient', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    requireEqual('layerNormInputGradient', 'mean', mean, 'the other axes of x', x.slice(0, -1));
    requireEqual('layerNormInputGradient', 'rstd', rstd, 'mean', mean);
    return { dx: x };
  },
  params: ({ x }) => rowParams(x),
  reference({ dy, x, gamma, mean, rstd }) {
    const g = tf.mul(dy, gamma);
    const normal = normalized(x, mean, rstd);
    const centered = tf.sub(
      tf.sub(g, tf.mean(g, -1, true)),
      tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true)),
    );
    return { dx: tf.mul(tf.expandDims(rstd, -1), centered) };
  },
  cases: cases.map((x) => ({
    shapes: { dy: x, x, gamma: [columnsOf(x)], mean: x.slice(0, -1), rstd: x.slice(0, -1) },
    attrs: {},
  })),
  tolerance: { value: 2e-5, grad: 2e-5 },
});

interface Chunked {
  chunks: number;
}

/** dgamma = Σ dy x̂ and dbeta = Σ dy over the rows of each of `chunks` chunks: `[chunks, width]`, to be summed. */
export const layerNormParameterGradient = defineKernel<
  'dy' | 'x' | 'mean' | 'rstd',
  'dgamma' | 'dbeta',
  Chunked
>({
  name: 'LabLayerNormParameterGradient',
  variants: [
    { name: 'portable', wgsl: parameters, workgroups: ({ dgamma }) => flatWorkgroups(sizeOf(dgamma), 64) },
  ],
  inputs: ['dy', 'x', 'mean', 'rstd'],
  outputs: ['dgamma', 'dbeta'],
  shape({ dy, x, mean, rstd }, { chunks }) {
    requireEqual('layerNormParameterGradient', 'dy', dy, 'x', x);
    requireEqual('layerNormParameterGradient', 'mean', mean, 'the other axes of x', x.slice(0, -1));
    requireEqual('layerNormParameterGradient', 'rstd', rstd, 'mean', mean);
    return { dgamma: [chunks, columnsOf(x)], dbeta: [chunks, columnsOf(x)] };
  },
  params: ({ x }, { chunks }) => ({
    ...rowParams(x),
    chunks: u32(chunks),
    chunk: u32(Math.ceil(rowsOf(x) / chunks)),
  }),
  reference({ dy, x, mean, rstd }, { chunks }) {
    const [rows, columns] = [rowsOf(x.shape), columnsOf(x.shape)];
    const length = Math.ceil(rows / chunks);
    const sums = (terms: tf.Tensor) => {
      const padded = tf.pad(tf.reshape(terms, [rows, columns]), [
        [0, length * chunks - rows],
        [0, 0],
      ]);
      return tf.sum(tf.reshape(padded, [chunks, length, columns]), 1);
    };
    return { dgamma: sums(tf.mul(dy, normalized(x, mean, rstd))), dbeta: sums(dy) };
  },
  cases: cases.map((x, i) => ({
    shapes: { dy: x, x, mean: x.slice(0, -1), rstd: x.slice(0, -1) },
    attrs: { chunks: i % 2 === 0 ? 1 : 3 },
  })),
  tolerance: { value: 2e-5, grad: 2e-5 },
});

/** dgamma and dbeta `[width]`, summed over all rows in a fixed order. */
export function layerNormParameterGradients(inputs: Record<'dy' | 'x' | 'mean' | 'rstd', tf.Tensor>): {
  dgamma: tf.Tensor;
  dbeta: tf.Tensor;
} {
  const { shape } = inputs.x;
  const { dgamma, dbeta } = layerNormParameterGradient(inputs, {
    chunks: chunksFor(rowsOf(shape), columnsOf(shape)),
  });
  return { dgamma: tf.sum(dgamma, 0), dbeta: tf.sum(dbeta, 0) };
}
