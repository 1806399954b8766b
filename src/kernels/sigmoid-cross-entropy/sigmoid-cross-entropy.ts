import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf } from '../kernel';
import { columnsOf, requireEqual, rowParams, rowsOf, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import tiled from './sigmoid-cross-entropy-tiled.wgsl?raw';
import portable from './sigmoid-cross-entropy.wgsl?raw';

const sizes = [
  [1, 1],
  [3, 7],
  [65, 3],
  [100, 40],
  [131, 65],
];

const kernel = defineKernel<'x' | 'targets', 'loss' | 'dx', object>({
  name: 'LabSigmoidCrossEntropy',
  variants: [
    {
      name: 'portable',
      wgsl: portable,
      workgroups: ({ x }) => flatWorkgroups(sizeOf(x) + columnsOf(x), 64),
    },
    { name: 'tiled', wgsl: tiled, workgroups: ({ x }) => flatWorkgroups(columnsOf(x), 1) },
  ],
  inputs: ['x', 'targets'],
  outputs: ['loss', 'dx'],
  shape({ x, targets }) {
    if (x.length !== 2)
      throw new ShapeError(`sigmoidCrossEntropy needs logits [batch, K], got ${shapeText(x)}`);
    requireEqual('sigmoidCrossEntropy', 'targets', targets, 'logits', x);
    return { loss: x.slice(1), dx: x };
  },
  params: ({ x }) => rowParams(x),
  gradient: {
    saves: ['x', 'dx'],
    auxiliary: ['dx'],
    backward: ({ loss: dloss }, { x, dx }) => ({
      x: () => tf.mul(dx, dloss),
      targets: () => tf.mul(tf.mul(x, -1 / rowsOf(x.shape)), dloss),
    }),
  },
  reference({ x, targets }) {
    // relu(x) + log(1 + exp(−|x|)), whose gradient is σ(x) at 0 as well.
    const softplus = tf.softplus(x);
    return {
      loss: tf.mean(tf.sub(softplus, tf.mul(x, targets)), 0),
      dx: tf.div(tf.sub(tf.sigmoid(x), targets), rowsOf(x.shape)),
    };
  },
  cases: sizes.map((x) => ({ shapes: { x, targets: x }, attrs: {} })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/**
 * Binary cross-entropy of every column, in nats: loss[k] = mean over the batch of −t log σ(x) − (1 − t) log(1 − σ(x)) with
 * x = logits[·, k], t = targets[·, k], computed as max(x, 0) − x t + log(1 + exp(−|x|)), which neither overflows nor loses
 * small losses. The gradient (σ(x) − t) / batch comes out of the forward launch. A logit that is not finite makes its
 * column's loss not finite or NaN. Differentiable once, in the logits and in the targets.
 * @param logits `[batch, K]`
 * @param targets float32 `[batch, K]`: 0 or 1, or a probability
 * @throws ShapeError unless both are matrices of one shape.
 */
export const sigmoidCrossEntropy = (logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D =>
  kernel({ x: logits, targets }, {}).loss as tf.Tensor1D;
