import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, type Shape } from '../kernel';
import { columnsOf, rowParams, rowsOf, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import gradient from './softmax-cross-entropy-gradient.wgsl?raw';
import forward from './softmax-cross-entropy.wgsl?raw';

function requireBatch(x: Shape, labels: Shape): void {
  if (x.length !== 2 || labels.length !== 1 || x[0] !== labels[0]) {
    throw new ShapeError(
      `softmaxCrossEntropy needs logits [batch, classes] and labels [batch], got ${shapeText(x)} and ${shapeText(labels)}`,
    );
  }
}

/** Rows of zeros with a one at the label; `tf.oneHot` refuses a single class. */
const oneHot = (labels: tf.Tensor, classes: number) =>
  tf.cast(tf.equal(tf.expandDims(labels, -1), tf.range(0, classes, 1, 'int32')), 'float32');

const cases = [
  [1, 1],
  [3, 7],
  [5, 64],
  [131, 10],
];

const crossEntropyGradient = defineKernel<'dloss' | 'x' | 'labels', 'dx', object>({
  name: 'LabSoftmaxCrossEntropyGradient',
  variants: [{ name: 'portable', wgsl: gradient, workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64) }],
  inputs: ['dloss', 'x', 'labels'],
  outputs: ['dx'],
  integers: ['labels'],
  shape({ x, labels }) {
    requireBatch(x, labels);
    return { dx: x };
  },
  params: ({ x }) => rowParams(x),
  reference({ dloss, x, labels }) {
    const target = oneHot(labels, columnsOf(x.shape));
    const weight = tf.mul(tf.expandDims(dloss, -1), tf.sum(target, -1, true));
    return { dx: tf.mul(weight, tf.sub(tf.softmax(x), target)) };
  },
  cases: cases.map((x) => ({
    shapes: { dloss: x.slice(0, 1), x, labels: x.slice(0, 1) },
    attrs: {},
    below: columnsOf(x),
  })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

const crossEntropyKernel = defineKernel<'x' | 'labels', 'loss', object>({
  name: 'LabSoftmaxCrossEntropy',
  variants: [{ name: 'portable', wgsl: forward, workgroups: ({ x }) => flatWorkgroups(rowsOf(x), 64) }],
  inputs: ['x', 'labels'],
  outputs: ['loss'],
  integers: ['labels'],
  shape({ x, labels }) {
    requireBatch(x, labels);
    return { loss: labels };
  },
  params: ({ x }) => rowParams(x),
  gradient: {
    saves: ['x', 'labels'],
    backward: ({ loss: dloss }, { x, labels }) => ({
      x: () => crossEntropyGradient({ dloss, x, labels }, {}).dx,
    }),
  },
  reference({ x, labels }) {
    const shifted = tf.sub(x, tf.max(x, -1, true));
    const logSoftmax = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
    return { loss: tf.neg(tf.sum(tf.mul(oneHot(labels, columnsOf(x.shape)), logSoftmax), -1)) };
  },
  cases: cases.map((x) => ({ shapes: { x, labels: x.slice(0, 1) }, attrs: {}, below: columnsOf(x) })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/**
 * Cross-entropy of each example, in nats: loss = −log softmax(logits)[label] = log Σ exp(logits) − logits[label].
 * A label outside [0, classes) counts for nothing: loss 0, no gradient. Differentiable once, in the logits.
 * @param logits `[batch, classes]`
 * @param labels int32 `[batch]`
 * @returns `[batch]`
 * @throws ShapeError unless logits are a matrix with one label per row.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  return crossEntropyKernel({ x: logits, labels }, {}).loss as tf.Tensor1D;
}
