import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { columnsOf, requireEqual, rowsOf } from '../rows';
import { defineUpdate } from '../update-kernel';
import center from './center-by-class.wgsl?raw';
import scatter from './class-scatter.wgsl?raw';
import { membership, requireLabelled } from './class-sums';

/** centered = features − the mean of the row's class, zeros where the label names none; squares = |centered|² by row. */
const centerByClass = defineKernel<'features' | 'labels' | 'means', 'centered' | 'squares', object>({
  name: 'LabCenterByClass',
  variants: [
    { name: 'portable', wgsl: center, workgroups: ({ labels }) => flatWorkgroups(sizeOf(labels), 64) },
  ],
  inputs: ['features', 'labels', 'means'],
  outputs: ['centered', 'squares'],
  integers: ['labels'],
  shape({ features, labels, means }) {
    requireLabelled('centerByClass', features, labels);
    requireEqual('centerByClass', 'means', means, 'one row per class', [means[0] ?? 0, columnsOf(features)]);
    return { centered: features, squares: labels };
  },
  params: ({ features: [rows = 0, width = 0], means: [classes = 0] }) => ({
    rows: u32(rows),
    width: u32(width),
    classes: u32(classes),
  }),
  reference({ features, labels, means }) {
    const members = membership(labels, rowsOf(means.shape));
    const isMember = tf.sum(members, 1, true);
    const centered = tf.mul(tf.sub(features, tf.matMul(members, means)), isMember);
    return { centered, squares: tf.sum(tf.square(centered), 1) };
  },
  cases: [
    { shapes: { features: [1, 1], labels: [1], means: [1, 1] }, attrs: {}, below: 1 },
    { shapes: { features: [33, 7], labels: [33], means: [5, 7] }, attrs: {}, below: 6 },
    { shapes: { features: [130, 64], labels: [130], means: [10, 64] }, attrs: {}, below: 10 },
  ],
  tolerance: { value: 1e-5, grad: 0 },
});

const updateScatter = defineUpdate<'product' | 'squares' | 'labels', 'projected' | 'within', object>({
  name: 'LabClassScatter',
  variants: [
    {
      name: 'portable',
      wgsl: scatter,
      workgroups: ({ projected, within }) => flatWorkgroups(sizeOf(projected) + sizeOf(within), 64),
    },
  ],
  reads: ['product', 'squares', 'labels'],
  states: ['projected', 'within'],
  integers: ['labels'],
  check({ product, squares, labels, projected, within }) {
    requireEqual('classScatter', 'squares', squares, 'labels', labels);
    requireEqual('classScatter', 'projected', projected, 'the directions squared', product);
    requireEqual('classScatter', 'within', within, 'one number per class', [within[0] ?? 0]);
  },
  params: ({ labels, projected, within }) => ({
    rows: u32(sizeOf(labels)),
    size: u32(sizeOf(projected)),
    classes: u32(sizeOf(within)),
  }),
  reference({ product, squares, labels, projected, within }) {
    const members = membership(labels, within.size);
    return {
      projected: tf.add(projected, product),
      within: tf.add(within, tf.sum(tf.mul(members, tf.expandDims(squares, 1)), 0)),
    };
  },
  cases: [
    { rows: 1, directions: 1, classes: 1 },
    { rows: 33, directions: 7, classes: 5 },
    { rows: 130, directions: 10, classes: 10 },
  ].map(({ rows, directions, classes }) => ({
    shapes: {
      product: [directions, directions],
      squares: [rows],
      labels: [rows],
      projected: [directions, directions],
      within: [classes],
    },
    attrs: {},
    below: classes + (rows > 1 ? 1 : 0),
  })),
  tolerance: { value: 1e-5, grad: 0 },
});

/** Scatter over what has been seen so far; both start at zero. */
export interface ClassScatter {
  /** Σ z zᵀ with z = directions · (h − μ_class) `[directions, directions]` */
  projected: tf.Variable;
  /** Σ |h − μ_class|² of each class `[classes]` */
  within: tf.Variable;
}

/**
 * Adds a batch to the within-class scatter, in place and in a fixed order: the second pass after the means are known.
 * With N examples in all, tr Σ_W = Σ within / N and Var_c = within_c / n_c; with the centred class means
 * M = [μ_c − μ_G] as directions, projected / N = Mᵀ Σ_W M, from which tr(Σ_W Σ_B⁺) follows by the eigenvectors of the
 * small matrix Mᵀ M (Papyan, Han, Donoho, PNAS 2020): no matrix of the features' width is ever made. A label outside
 * [0, classes) counts for nothing.
 * @param features `[rows, width]`
 * @param labels int32 `[rows]`
 * @param means μ_c of every class `[classes, width]`
 * @param directions what to project on, as rows `[directions, width]`
 * @param factors what each class's z is multiplied by, for classes that are not to count by their sizes `[classes]`; 1 where
 * absent. `within` stays as it is.
 * @throws ShapeError when the shapes do not go together.
 */
export function addToClassScatter(
  features: tf.Tensor2D,
  labels: tf.Tensor1D,
  means: tf.Tensor2D,
  directions: tf.Tensor2D,
  { projected, within }: ClassScatter,
  factors?: tf.Tensor1D,
): void {
  if (factors) requireEqual('addToClassScatter', 'factors', factors.shape, 'one per class', within.shape);
  tf.tidy(() => {
    const { centered, squares } = centerByClass({ features, labels, means }, {});
    const along = tf.matMul(centered, directions, false, true); // [rows, directions]
    const z = factors
      ? tf.mul(along, tf.matMul(membership(labels, factors.size), tf.expandDims(factors, 1)))
      : along;
    const product = tf.matMul(z, z, true, false);
    updateScatter({ product, squares, labels }, { projected, within }, {});
  });
}
