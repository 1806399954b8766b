import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { chunksFor } from '../reduce/reduce';
import { columnsOf, requireEqual, rowParams, rowsOf } from '../rows';
import input from './input-gradient.wgsl?raw';
import input4 from './input-gradient4.wgsl?raw';
import parameters from './parameter-gradient.wgsl?raw';
import parameters4 from './parameter-gradient4.wgsl?raw';
import sums from './parameter-sum.wgsl?raw';

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

interface SkipAttrs {
  /** Add `dskip`, the gradient of x from where it goes on beside the norm; without it anything may be bound there. */
  skip: boolean;
}

/**
 * dx = rstd (g − mean(g) − x̂ mean(g x̂)) + dskip with g = dy gamma.
 * dy, x, dskip, dx `[..., width]`; gamma `[width]`; mean, rstd `[...]`.
 */
export const layerNormInputGradient = defineKernel<
  'dy' | 'x' | 'gamma' | 'mean' | 'rstd' | 'dskip',
  'dx',
  SkipAttrs
>({
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
  inputs: ['dy', 'x', 'gamma', 'mean', 'rstd', 'dskip'],
  outputs: ['dx'],
  shape({ dy, x, gamma, mean, rstd, dskip }, { skip }) {
    requireEqual('layerNormInputGradient', 'dy', dy, 'x', x);
    requireEqual('layerNormInputGradient', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    requireEqual('layerNormInputGradient', 'mean', mean, 'the other axes of x', x.slice(0, -1));
    requireEqual('layerNormInputGradient', 'rstd', rstd, 'mean', mean);
    if (skip) requireEqual('layerNormInputGradient', 'dskip', dskip, 'x', x);
    return { dx: x };
  },
  params: ({ x }, { skip }) => ({ ...rowParams(x), skip: u32(skip ? 1 : 0) }),
  reference({ dy, x, gamma, mean, rstd, dskip }, { skip }) {
    const g = tf.mul(dy, gamma);
    const normal = normalized(x, mean, rstd);
    const centered = tf.sub(
      tf.sub(g, tf.mean(g, -1, true)),
      tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true)),
    );
    const dx = tf.mul(tf.expandDims(rstd, -1), centered);
    return { dx: skip ? tf.add(dx, dskip) : dx };
  },
  cases: cases.flatMap((x) =>
    [false, true].map((skip) => ({
      shapes: { dy: x, x, gamma: [columnsOf(x)], mean: x.slice(0, -1), rstd: x.slice(0, -1), dskip: x },
      attrs: { skip },
    })),
  ),
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
    {
      name: 'columns4',
      wgsl: parameters4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ dgamma }) => flatWorkgroups(sizeOf(dgamma) / 4, 64),
    },
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

/** dgamma = Σ gammaParts and dbeta = Σ betaParts over the chunks. Parts `[chunks, width]`, sums `[width]`. */
export const layerNormParameterSum = defineKernel<'gammaParts' | 'betaParts', 'dgamma' | 'dbeta', object>({
  name: 'LabLayerNormParameterSum',
  variants: [
    { name: 'portable', wgsl: sums, workgroups: ({ dgamma }) => flatWorkgroups(sizeOf(dgamma), 64) },
  ],
  inputs: ['gammaParts', 'betaParts'],
  outputs: ['dgamma', 'dbeta'],
  shape({ gammaParts, betaParts }) {
    requireEqual('layerNormParameterSum', 'betaParts', betaParts, 'gammaParts', gammaParts);
    return { dgamma: [columnsOf(gammaParts)], dbeta: [columnsOf(gammaParts)] };
  },
  params: ({ gammaParts }) => ({ columns: u32(columnsOf(gammaParts)), chunks: u32(rowsOf(gammaParts)) }),
  reference: ({ gammaParts, betaParts }) => ({ dgamma: tf.sum(gammaParts, 0), dbeta: tf.sum(betaParts, 0) }),
  cases: [
    [1, 1],
    [3, 7],
    [64, 65],
  ].map((shape) => ({ shapes: { gammaParts: shape, betaParts: shape }, attrs: {} })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/** dgamma and dbeta `[width]`, summed over all rows in a fixed order: in two launches, or in one where rows are few. */
export function layerNormParameterGradients(inputs: Record<'dy' | 'x' | 'mean' | 'rstd', tf.Tensor>): {
  dgamma: tf.Tensor;
  dbeta: tf.Tensor;
} {
  const { shape } = inputs.x;
  const chunks = chunksFor(rowsOf(shape), columnsOf(shape));
  const { dgamma, dbeta } = layerNormParameterGradient(inputs, { chunks });
  if (chunks > 1) return layerNormParameterSum({ gammaParts: dgamma, betaParts: dbeta }, {});
  return { dgamma: tf.reshape(dgamma, [-1]), dbeta: tf.reshape(dbeta, [-1]) };
}
