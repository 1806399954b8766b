import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { chunksFor } from '../reduce/reduce';
import { columnsOf, requireEqual, rowParams, rowsOf } from '../rows';
import gain from './gain-gradient.wgsl?raw';
import portable from './input-gradient.wgsl?raw';
import columns4 from './input-gradient4.wgsl?raw';

/** Shapes the tests run. */
export const rmsNormShapes: Shape[] = [
  [1, 1],
  [3, 7],
  [2, 5, 8],
  [70, 36],
  [131, 3],
  [65, 64],
];

/** dx = rstd (g − x rstd² mean(g x)) with g = dy gamma. dy, x, dx `[..., width]`, gamma `[width]`, rstd `[...]`. */
export const rmsNormInputGradient = defineKernel<'dy' | 'x' | 'gamma' | 'rstd', 'dx', object>({
  name: 'LabRmsNormInputGradient',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64) },
  ],
  inputs: ['dy', 'x', 'gamma', 'rstd'],
  outputs: ['dx'],
  shape({ dy, x, gamma, rstd }) {
    requireEqual('rmsNormInputGradient', 'dy', dy, 'x', x);
    requireEqual('rmsNormInputGradient', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    requireEqual('rmsNormInputGradient', 'rstd', rstd, 'the other axes of x', x.slice(0, -1));
    return { dx: x };
  },
  params: ({ x }) => rowParams(x),
  reference({ dy, x, gamma, rstd }) {
    const scale = tf.expandDims(rstd, -1);
    const g = tf.mul(dy, gamma);
    const normal = tf.mul(x, scale);
    return { dx: tf.mul(scale, tf.sub(g, tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true)))) };
  },
  cases: rmsNormShapes.map((x) => ({
    shapes: { dy: x, x, gamma: [columnsOf(x)], rstd: x.slice(0, -1) },
    attrs: {},
  })),
  tolerance: { value: 2e-5, grad: 0 },
});

/** dgamma = Σ dy x rstd over the rows of each of `chunks` chunks: `[chunks, width]`, to be summed. */
const gainGradient = defineKernel<'dy' | 'x' | 'rstd', 'dgamma', { chunks: number }>({
  name: 'LabRmsNormGainGradient',
  variants: [
    { name: 'portable', wgsl: gain, workgroups: ({ dgamma }) => flatWorkgroups(sizeOf(dgamma), 64) },
  ],
  inputs: ['dy', 'x', 'rstd'],
  outputs: ['dgamma'],
  shape({ dy, x, rstd }, { chunks }) {
    requireEqual('rmsNormGainGradient', 'dy', dy, 'x', x);
    requireEqual('rmsNormGainGradient', 'rstd', rstd, 'the other axes of x', x.slice(0, -1));
    return { dgamma: [chunks, columnsOf(x)] };
  },
  params: ({ x }, { chunks }) => ({
    ...rowParams(x),
    chunks: u32(chunks),
    chunk: u32(Math.ceil(rowsOf(x) / chunks)),
  }),
  reference({ dy, x, rstd }, { chunks }) {
    const [rows, columns] = [rowsOf(x.shape), columnsOf(x.shape)];
    const length = Math.ceil(rows / chunks);
    const terms = tf.mul(tf.mul(dy, x), tf.expandDims(rstd, -1));
    const padded = tf.pad(tf.reshape(terms, [rows, columns]), [
      [0, length * chunks - rows],
      [0, 0],
    ]);
    return { dgamma: tf.sum(tf.reshape(padded, [chunks, length, columns]), 1) };
  },
  cases: rmsNormShapes.map((x, i) => ({
    shapes: { dy: x, x, rstd: x.slice(0, -1) },
    attrs: { chunks: i % 2 === 0 ? 1 : 3 },
  })),
  tolerance: { value: 2e-5, grad: 0 },
});

/** dgamma `[width]`, summed over all rows in a fixed order. */
export function rmsNormGainGradient(inputs: Record<'dy' | 'x' | 'rstd', tf.Tensor>): tf.Tensor {
  const { shape } = inputs.x;
  const chunks = chunksFor(rowsOf(shape), columnsOf(shape));
  return tf.tidy(() => tf.sum(gainGradient(inputs, { chunks }).dgamma, 0));
}
