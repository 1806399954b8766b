import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { f32, flatWorkgroups } from '../kernel';
import { columnsOf, requireEqual, rowParams, rowsOf } from '../rows';
import { ShapeError } from '../shape-error';
import { rmsNormGainGradient, rmsNormInputGradient, rmsNormShapes } from './rms-norm-gradients';
import portable from './rms-norm.wgsl?raw';
import columns4 from './rms-norm4.wgsl?raw';

interface RmsNormAttrs {
  /** Added to the mean square. */
  eps: number;
}

const rmsNormKernel = defineKernel<'x' | 'gamma', 'y' | 'rstd', RmsNormAttrs>({
  name: 'LabRmsNorm',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64) },
  ],
  inputs: ['x', 'gamma'],
  outputs: ['y', 'rstd'],
  shape({ x, gamma }) {
    if (x.length === 0) throw new ShapeError('rmsNorm needs an axis to run along, got a scalar');
    requireEqual('rmsNorm', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    return { y: x, rstd: x.slice(0, -1) };
  },
  params: ({ x }, { eps }) => ({ ...rowParams(x), eps: f32(eps) }),
  gradient: {
    saves: ['x', 'gamma', 'rstd'],
    auxiliary: ['rstd'],
    backward: ({ y: dy }, { x, gamma, rstd }) => ({
      x: () => rmsNormInputGradient({ dy, x, gamma, rstd }, {}).dx,
      gamma: () => rmsNormGainGradient({ dy, x, rstd }),
    }),
  },
  reference({ x, gamma }, { eps }) {
    const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps));
    return { y: tf.mul(tf.mul(x, rstd), gamma), rstd: tf.squeeze(rstd, [-1]) };
  },
  cases: rmsNormShapes.map((x) => ({ shapes: { x, gamma: [columnsOf(x)] }, attrs: { eps: 1e-3 } })),
  tolerance: { value: 2e-5, grad: 1e-4 },
});

/**
 * RMS normalisation over the last axis: y = x / √(mean(x²) + eps) · gamma, as in Zhang and Sennrich, "Root mean square
 * layer normalization" (NeurIPS 2019), equation 4. Differentiable once.
 * @param x for instance `[batch, tokens, width]`
 * @param gamma gain, `[width]`
 * @throws ShapeError unless gamma is as long as x's last axis.
 */
export function rmsNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor, eps = 1e-6): T {
  return rmsNormKernel({ x, gamma }, { eps }).y as T;
}
