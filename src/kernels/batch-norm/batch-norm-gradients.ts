import * as tf from '@tensorflow/tfjs-core';
import { LAB } from '../../engine/lab-backend';
import { defineKernel } from '../define-kernel';
import { f32, flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { columnsOf, requireEqual, rowParams, rowsOf } from '../rows';
import portableChunks from './chunk-gradients.wgsl?raw';
import columns4Chunks from './chunk-gradients4.wgsl?raw';
import { balancedChunks, byChunk, chunkParams, requireFilled, type Chunked } from './column-chunks';
import combine from './combine-gradients.wgsl?raw';
import portableInput from './input-gradient.wgsl?raw';
import columns4Input from './input-gradient4.wgsl?raw';
import { normalized, normCases, type NormAttrs } from './normalize';

/** The gradient before the ReLU. */
const beforeRelu = (dy: tf.Tensor, y: tf.Tensor, relu: boolean): tf.Tensor =>
  relu ? tf.mul(dy, tf.step(y)) : dy;

function requireImages(kernel: string, shapes: Record<'dy' | 'x' | 'y' | 'moments', Shape>): void {
  const { dy, x, y, moments } = shapes;
  requireEqual(kernel, 'dy', dy, 'x', x);
  requireEqual(kernel, 'y', y, 'x', x);
  requireEqual(kernel, 'moments', moments, 'mean and variance of the last axis of x', [2, columnsOf(x)]);
}

/**
 * dgamma = Σ g x̂ and dbeta = Σ g over the rows of each chunk, both `[chunks, channels]`; g is dy before the ReLU.
 * dy, x, y `[..., channels]`; without ReLU anything of that shape may stand for y.
 */
const chunkGradients = defineKernel<'dy' | 'x' | 'y' | 'moments', 'dgamma' | 'dbeta', NormAttrs & Chunked>({
  name: 'LabBatchNormChunkGradients',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4Chunks,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ dbeta }) => flatWorkgroups(sizeOf(dbeta) / 4, 64),
    },
    { name: 'portable', wgsl: portableChunks, workgroups: ({ dbeta }) => flatWorkgroups(sizeOf(dbeta), 64) },
  ],
  inputs: ['dy', 'x', 'y', 'moments'],
  outputs: ['dgamma', 'dbeta'],
  shape(shapes, { chunks }) {
    requireImages('batchNormChunkGradients', shapes);
    requireFilled('batchNormChunkGradients', shapes.x, chunks);
    const sums = [chunks, columnsOf(shapes.x)];
    return { dgamma: sums, dbeta: sums };
  },
  params: ({ x }, { chunks, eps, relu }) => ({
    ...chunkParams(x, chunks),
    eps: f32(eps),
    relu: u32(relu ? 1 : 0),
  }),
  reference({ dy, x, y, moments }, { chunks, eps, relu }) {
    const g = beforeRelu(dy, y, relu);
    const sums = (terms: tf.Tensor) => byChunk(terms, chunks, (rows) => tf.sum(rows, 0));
    return { dgamma: sums(tf.mul(g, normalized(x, moments, eps))), dbeta: sums(g) };
  },
  cases: normCases.map(({ x, attrs }, i) => ({
    shapes: { dy: x, x, y: x, moments: [2, columnsOf(x)] },
    attrs: { ...attrs, chunks: i % 2 === 0 ? 1 : 4 },
  })),
  tolerance: { value: 2e-5, grad: 0 },
});

/** The sums of both over the chunks: `[chunks, channels]` → `[channels]`. */
const combineGradients = defineKernel<'dgammas' | 'dbetas', 'dgamma' | 'dbeta', object>({
  name: 'LabBatchNormCombineGradients',
  variants: [
    { name: 'portable', wgsl: combine, workgroups: ({ dgamma }) => flatWorkgroups(sizeOf(dgamma), 64) },
  ],
  inputs: ['dgammas', 'dbetas'],
  outputs: ['dgamma', 'dbeta'],
  shape({ dgammas, dbetas }) {
    requireEqual('batchNormCombineGradients', 'dgammas', dgammas, 'dbetas', dbetas);
    return { dgamma: [columnsOf(dgammas)], dbeta: [columnsOf(dgammas)] };
  },
  params: ({ dgammas }) => ({ columns: u32(columnsOf(dgammas)), chunks: u32(rowsOf(dgammas)) }),
  reference: ({ dgammas, dbetas }) => ({ dgamma: tf.sum(dgammas, 0), dbeta: tf.sum(dbetas, 0) }),
  cases: [
    [1, 1],
    [7, 3],
    [11, 65],
  ].map((shape) => ({ shapes: { dgammas: shape, dbetas: shape }, attrs: {} })),
  tolerance: { value: 1e-5, grad: 0 },
});

/** dx = gamma / √(variance + eps) (g − dbeta / rows − x̂ dgamma / rows), the statistics being those of the batch. */
const inputGradient = defineKernel<
  'dy' | 'x' | 'y' | 'moments' | 'gamma' | 'dgamma' | 'dbeta',
  'dx',
  NormAttrs
>({
  name: 'LabBatchNormInputGradient',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4Input,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(sizeOf(x) / 4, 64),
    },
    { name: 'portable', wgsl: portableInput, workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) },
  ],
  inputs: ['dy', 'x', 'y', 'moments', 'gamma', 'dgamma', 'dbeta'],
  outputs: ['dx'],
  shape(shapes) {
    const { x, gamma, dgamma, dbeta } = shapes;
    requireImages('batchNormInputGradient', shapes);
    requireEqual('batchNormInputGradient', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    requireEqual('batchNormInputGradient', 'dgamma', dgamma, 'gamma', gamma);
    requireEqual('batchNormInputGradient', 'dbeta', dbeta, 'gamma', gamma);
    return { dx: x };
  },
  params: ({ x }, { eps, relu }) => ({ ...rowParams(x), eps: f32(eps), relu: u32(relu ? 1 : 0) }),
  reference({ dy, x, y, moments, gamma, dgamma, dbeta }, { eps, relu }) {
    const shared = tf.add(dbeta, tf.mul(normalized(x, moments, eps), dgamma));
    const centered = tf.sub(beforeRelu(dy, y, relu), tf.div(shared, rowsOf(x.shape)));
    const [, variance] = tf.unstack(moments) as [tf.Tensor, tf.Tensor];
    return { dx: tf.mul(tf.mul(gamma, tf.rsqrt(tf.add(variance, eps))), centered) };
  },
  cases: normCases.map(({ x, attrs }) => {
    const channels = [columnsOf(x)];
    return {
      shapes: {
        dy: x,
        x,
        y: x,
        moments: [2, ...channels],
        gamma: channels,
        dgamma: channels,
        dbeta: channels,
      },
      attrs,
    };
  }),
  tolerance: { value: 1e-5, grad: 0 },
});

/** Gradients of batch norm in training mode with respect to x `[..., channels]`, gamma and beta `[channels]`. */
export function batchNormGradients(
  tensors: Record<'dy' | 'x' | 'y' | 'moments' | 'gamma', tf.Tensor>,
  attrs: NormAttrs,
): Record<'dx' | 'dgamma' | 'dbeta', tf.Tensor> {
  const { dy, x, y, moments } = tensors;
  const chunks = tf.getBackend() === LAB ? balancedChunks(rowsOf(x.shape)) : 1;
  return tf.tidy(() => {
    const parts = chunkGradients({ dy, x, y, moments }, { ...attrs, chunks });
    const { dgamma, dbeta } = combineGradients({ dgammas: parts.dgamma, dbetas: parts.dbeta }, {});
    return { dgamma, dbeta, dx: inputGradient({ ...tensors, dgamma, dbeta }, attrs).dx };
  });
}
