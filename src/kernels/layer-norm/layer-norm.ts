import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../../engine/lab-backend';
import { defineKernel } from '../define-kernel';
import { f32, flatWorkgroups } from '../kernel';
import { reshaped } from '../override-kernel';
import { columnsOf, requireEqual, rowParams, rowsOf } from '../rows';
import { runNative } from '../run-native';
import { ShapeError } from '../shape-error';
import { layerNormInputGradient, layerNormParameterGradients } from './layer-norm-gradients';
import portable from './layer-norm.wgsl?raw';
import columns4 from './layer-norm4.wgsl?raw';

interface LayerNormAttrs {
  /** Added to the variance. */
  eps: number;
}

const layerNormKernel = defineKernel<'x' | 'gamma' | 'beta', 'y' | 'mean' | 'rstd', LayerNormAttrs>({
  name: 'LabLayerNorm',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4,
      fits: ({ x }) => columnsOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64) },
  ],
  inputs: ['x', 'gamma', 'beta'],
  outputs: ['y', 'mean', 'rstd'],
  shape({ x, gamma, beta }) {
    if (x.length === 0) throw new ShapeError('layerNorm needs an axis to run along, got a scalar');
    requireEqual('layerNorm', 'gamma', gamma, 'the last axis of x', [columnsOf(x)]);
    requireEqual('layerNorm', 'beta', beta, 'the last axis of x', [columnsOf(x)]);
    return { y: x, mean: x.slice(0, -1), rstd: x.slice(0, -1) };
  },
  params: ({ x }, { eps }) => ({ ...rowParams(x), eps: f32(eps) }),
  gradient: {
    saves: ['x', 'gamma', 'mean', 'rstd'],
    auxiliary: ['mean', 'rstd'],
    backward({ y: dy }, { x, gamma, mean, rstd }) {
      // Made here rather than in a thunk: tfjs frees what a thunk makes and does not return, and two thunks share it.
      const { dgamma, dbeta } = layerNormParameterGradients({ dy, x, mean, rstd });
      return {
        x: () => layerNormInputGradient({ dy, x, gamma, mean, rstd, dskip: dy }, { skip: false }).dx,
        gamma: () => dgamma,
        beta: () => dbeta,
      };
    },
  },
  reference({ x, gamma, beta }, { eps }) {
    const mean = tf.mean(x, -1, true);
    const centered = tf.sub(x, mean);
    const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), eps));
    const y = tf.add(tf.mul(tf.mul(centered, rstd), gamma), beta);
    return { y, mean: tf.squeeze(mean, [-1]), rstd: tf.squeeze(rstd, [-1]) };
  },
  cases: [
    [1, 1],
    [3, 7],
    [2, 5, 8],
    [70, 36],
    [131, 3],
    [65, 64],
  ].map((x) => ({
    shapes: { x, gamma: [columnsOf(x)], beta: [columnsOf(x)] },
    attrs: { eps: 1e-3 },
  })),
  tolerance: { value: 2e-5, grad: 1e-4 },
});

/**
 * Layer normalisation over the last axis: y = (x − mean) / √(variance + eps) · gamma + beta, with the biased variance, as
 * in Ba et al., "Layer normalization" (2016), equation 4. Differentiable once.
 * @param x for instance `[batch, tokens, width]`
 * @param gamma gain, `[width]`
 * @param beta offset, `[width]`
 * @throws ShapeError unless gamma and beta are as long as x's last axis.
 */
export function layerNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor, beta: tf.Tensor, eps = 1e-6): T {
  return layerNormKernel({ x, gamma, beta }, { eps }).y as T;
}

const branchName = 'LabLayerNormBranch';

// Its second output is x itself and costs nothing. On the way back both gradients of x come together in one launch, which
// adds them; tfjs would add them in a launch of its own.
tf.registerKernel({
  kernelName: branchName,
  backendName: LAB,
  kernelFunc({ inputs, attrs, backend }) {
    const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', tf.TensorInfo>;
    const { eps } = attrs as unknown as LayerNormAttrs;
    const lab = asLab(backend);
    const { y, mean, rstd } = runNative(layerNormKernel.kernel, lab, { x, gamma, beta }, { eps });
    return [y, reshaped(lab, x, x.shape), mean, rstd];
  },
});
noteNativeKernel(branchName);

tf.registerGradient({
  kernelName: branchName,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, false, true, true],
  gradFunc: (dys, saved) => {
    const [dy, dskip] = dys as [tf.Tensor, tf.Tensor];
    const [x, gamma, mean, rstd] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const { dgamma, dbeta } = layerNormParameterGradients({ dy, x, mean, rstd });
    return {
      x: () => layerNormInputGradient({ dy, x, gamma, mean, rstd, dskip }, { skip: true }).dx,
      gamma: () => dgamma,
      beta: () => dbeta,
    };
  },
});

/**
 * Layer normalisation at the start of a residual branch: y = layerNorm(x), and `skip`, which is x, for the way around the
 * branch. The same as using x twice, but x's two gradients are added in the launch that computes the first of them.
 * @param x for instance `[batch, tokens, width]`
 * @param gamma gain, `[width]`
 * @param beta offset, `[width]`
 * @throws ShapeError unless gamma and beta are as long as x's last axis.
 */
export function layerNormBranch<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  eps = 1e-6,
): { y: T; skip: T } {
  if (tf.getBackend() !== LAB) return { y: layerNorm(x, gamma, beta, eps), skip: x };
  const [y, skip]: tf.Tensor[] = tf.engine().runKernel(branchName, { x, gamma, beta }, { eps });
  return { y: y as T, skip: skip as T };
}
