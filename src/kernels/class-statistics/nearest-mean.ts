import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { u32 } from '../kernel';
import { columnsOf, requireEqual, rowsOf } from '../rows';
import { laneVariants } from '../lane-variants';
import wgsl from './nearest-mean.wgsl?raw';

const nearestMeanKernel = defineKernel<'features' | 'means', 'nearest', object>({
  name: 'LabNearestMean',
  variants: laneVariants<'features' | 'means' | 'nearest'>(wgsl, 'features', ({ features }) =>
    rowsOf(features),
  ),
  inputs: ['features', 'means'],
  outputs: ['nearest'],
  integers: ['nearest'],
  shape({ features, means }) {
    requireEqual('nearestMean', 'features', features, 'rows', [features[0] ?? 0, columnsOf(features)]);
    requireEqual('nearestMean', 'means', means, 'one row per class', [means[0] ?? 0, columnsOf(features)]);
    return { nearest: [rowsOf(features)] };
  },
  params: ({ features: [rows = 0, width = 0], means: [classes = 0] }) => ({
    rows: u32(rows),
    width: u32(width),
    classes: u32(classes),
  }),
  reference({ features, means }) {
    const squares = tf.sum(tf.square(tf.sub(tf.expandDims(features, 1), tf.expandDims(means, 0))), 2);
    const isNumber = tf.logicalNot(tf.isNaN(squares));
    const nearest = tf.argMin(tf.where(isNumber, squares, tf.fill(squares.shape, Infinity)), 1);
    return { nearest: tf.where(tf.any(isNumber, 1), nearest, tf.fill(nearest.shape, -1, 'int32')) };
  },
  cases: [
    { shapes: { features: [1, 1], means: [1, 1] }, attrs: {} },
    { shapes: { features: [33, 7], means: [5, 7] }, attrs: {} },
    { shapes: { features: [130, 64], means: [10, 64] }, attrs: {} },
  ],
  tolerance: { value: 0, grad: 0 },
});

/**
 * The class whose mean is nearest, argmin_c |h − μ_c|, the lower one in a tie; −1 where no distance is a number, which
 * agrees with no classifier. Neural collapse's NC4 is how often it differs from argmax(W h + b).
 * @param features h `[rows, width]`
 * @param means μ_c `[classes, width]`
 * @returns int32 `[rows]`
 * @throws ShapeError when the widths differ.
 */
export function nearestMean(features: tf.Tensor2D, means: tf.Tensor2D): tf.Tensor1D {
  return nearestMeanKernel({ features, means }, {}).nearest as tf.Tensor1D;
}
