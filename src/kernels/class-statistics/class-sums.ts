import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, u32, type Shape } from '../kernel';
import { columnsOf, requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { laneVariants } from '../lane-variants';
import { defineUpdate } from '../update-kernel';
import byColumn from './class-sums-by-column.wgsl?raw';
import byClass from './class-sums.wgsl?raw';

/** @throws ShapeError unless `features` is [rows, width] and `labels` is [rows]. */
export function requireLabelled(kernel: string, features: Shape, labels: Shape): void {
  if (features.length !== 2 || labels.length !== 1 || features[0] !== labels[0]) {
    throw new ShapeError(
      `${kernel} needs features [rows, width] and labels [rows], got ${shapeText(features)} and ${shapeText(labels)}`,
    );
  }
}

/** Rows of zeros with a one at the label, none where it names no class: `[rows, classes]`. */
export const membership = (labels: tf.Tensor, classes: number): tf.Tensor =>
  tf.cast(tf.equal(tf.expandDims(labels, 1), tf.range(0, classes, 1, 'int32')), 'float32');

type Name = 'features' | 'labels' | 'sums' | 'counts';

const updateClassSums = defineUpdate<'features' | 'labels', 'sums' | 'counts', object>({
  name: 'LabClassSums',
  variants: [
    ...laneVariants<Name>(byColumn, 'sums', (_, across) => across),
    ...laneVariants<Name>(byClass, 'sums', ({ counts }, across) => sizeOf(counts) * across, [
      'classes4',
      'classes',
    ]),
  ],
  reads: ['features', 'labels'],
  states: ['sums', 'counts'],
  integers: ['labels'],
  check({ features, labels, sums, counts }) {
    requireLabelled('classSums', features, labels);
    const [classes = 0] = counts;
    requireEqual('classSums', 'counts', counts, 'one number per class', [classes]);
    requireEqual('classSums', 'sums', sums, 'one row per class', [classes, columnsOf(features)]);
  },
  params: ({ features: [rows = 0, width = 0], counts: [classes = 0] }) => ({
    rows: u32(rows),
    width: u32(width),
    classes: u32(classes),
  }),
  reference({ features, labels, sums, counts }) {
    const members = membership(labels, counts.size);
    return {
      sums: tf.add(sums, tf.matMul(members, features, true, false)),
      counts: tf.add(counts, tf.sum(members, 0)),
    };
  },
  cases: [
    { shapes: { features: [1, 1], labels: [1], sums: [1, 1], counts: [1] }, attrs: {}, below: 1 },
    { shapes: { features: [33, 7], labels: [33], sums: [5, 7], counts: [5] }, attrs: {}, below: 6 },
    { shapes: { features: [130, 64], labels: [130], sums: [10, 64], counts: [10] }, attrs: {}, below: 10 },
  ],
  tolerance: { value: 1e-5, grad: 0 },
});

/** Sums over what has been seen so far; both start at zero. */
export interface ClassSums {
  /** Σ features of each class `[classes, width]` */
  sums: tf.Variable;
  /** Examples of each class `[classes]` */
  counts: tf.Variable;
}

/**
 * Adds a batch to the sums of its classes, in place and in a fixed order. A label outside [0, classes) counts for nothing.
 * @param features `[rows, width]`
 * @param labels int32 `[rows]`
 * @throws ShapeError when the shapes do not go together.
 */
export function addToClassSums(
  features: tf.Tensor2D,
  labels: tf.Tensor1D,
  { sums, counts }: ClassSums,
): void {
  updateClassSums({ features, labels }, { sums, counts }, {});
}

/** Mean of each class, μ_c = sums_c / counts_c `[classes, width]`; NaN for a class that was never seen. */
export function classMeans({ sums, counts }: { sums: tf.Tensor; counts: tf.Tensor }): tf.Tensor2D {
  return tf.tidy(() => tf.div<tf.Tensor2D>(sums, tf.expandDims(counts, 1)));
}
