import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { f32, flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { columnsOf, requireEqual, rowParams } from '../rows';
import portable from './normalize.wgsl?raw';
import columns4 from './normalize4.wgsl?raw';

export interface NormAttrs {
  /** Added to the variance. */
  eps: number;
  /** Negative results become 0. */
  relu: boolean;
}

/** Shapes the tests run; a large `eps` keeps their variances, drawn at random, away from zero. */
export const normCases: { x: Shape; attrs: NormAttrs }[] = [
  { x: [1, 1], attrs: { eps: 9, relu: false } },
  { x: [7, 3], attrs: { eps: 9, relu: true } },
  { x: [2, 5, 3, 8], attrs: { eps: 9, relu: true } },
  { x: [131, 36], attrs: { eps: 9, relu: false } },
  { x: [3, 65], attrs: { eps: 9, relu: true } },
];

/** x̂ = (x − mean) / √(variance + eps), in plain tfjs. */
export function normalized(x: tf.Tensor, moments: tf.Tensor, eps: number): tf.Tensor {
  const [mean, variance] = tf.unstack(moments) as [tf.Tensor, tf.Tensor];
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps)));
}

/**
 * y = act(gamma (x − mean) / √(variance + eps) + beta) with the mean and variance of each channel given: x, y
 * `[..., channels]`, moments `[2, channels]`, gamma, beta `[channels]`.
 */
export const normalize = defineKernel<'x' | 'moments' | 'gamma' | 'beta', 'y', NormAttrs>({
  name: 'LabBatchNormalize',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(sizeOf(x) / 4, 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) },
  ],
  inputs: ['x', 'moments', 'gamma', 'beta'],
  outputs: ['y'],
  shape({ x, moments, gamma, beta }) {
    requireEqual('batchNorm', 'moments', moments, 'mean and variance of the last axis of x', [
      2,
      columnsOf(x),
    ]);
    requireEqual('batchNorm', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    requireEqual('batchNorm', 'beta', beta, 'the last axis of x', [columnsOf(x)]);
    return { y: x };
  },
  params: ({ x }, { eps, relu }) => ({ ...rowParams(x), eps: f32(eps), relu: u32(relu ? 1 : 0) }),
  reference({ x, moments, gamma, beta }, { eps, relu }) {
    const y = tf.add(tf.mul(normalized(x, moments, eps), gamma), beta);
    return { y: relu ? tf.relu(y) : y };
  },
  cases: normCases.map(({ x, attrs }) => ({
    shapes: { x, moments: [2, columnsOf(x)], gamma: [columnsOf(x)], beta: [columnsOf(x)] },
    attrs,
  })),
  tolerance: { value: 1e-5, grad: 0 },
});
