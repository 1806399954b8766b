import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, type Shape, type Variant } from '../kernel';
import { requireEqual, rowParams, rowsOf } from '../rows';
import { ShapeError } from '../shape-error';
import gradientSubgroup from './softmax-gradient-subgroup.wgsl?raw';
import gradientTiled from './softmax-gradient-tiled.wgsl?raw';
import gradient from './softmax-gradient.wgsl?raw';
import forwardSubgroup from './softmax-subgroup.wgsl?raw';
import forwardTiled from './softmax-tiled.wgsl?raw';
import forward from './softmax.wgsl?raw';

const noAttrs = {};

/** One invocation, one workgroup or one subgroup per row; 32 rows in a workgroup of subgroups. */
const variants = (portable: string, tiled: string, subgroup: string): readonly Variant<'y', object>[] => {
  const rows = ({ y }: { y: Shape }) => rowsOf(y);
  return [
    { name: 'portable', wgsl: portable, workgroups: (shapes) => flatWorkgroups(rows(shapes), 64) },
    { name: 'tiled', wgsl: tiled, workgroups: (shapes) => flatWorkgroups(rows(shapes), 1) },
    {
      name: 'subgroup',
      needs: 'subgroups',
      wgsl: subgroup,
      workgroups: (shapes) => flatWorkgroups(rows(shapes), 32),
    },
  ];
};

/** dx = y (dy − Σ dy y), row by row along the last axis; dy, y, dx of one shape. */
export const softmaxGradient = defineKernel<'dy' | 'y', 'dx', object>({
  name: 'LabSoftmaxGradient',
  variants: variants(gradient, gradientTiled, gradientSubgroup),
  inputs: ['dy', 'y'],
  outputs: ['dx'],
  shape({ dy, y }) {
    requireEqual('softmaxGradient', 'dy', dy, 'y', y);
    return { dx: y };
  },
  params: ({ y }) => rowParams(y),
  reference({ dy, y }) {
    const product = tf.mul(dy, y);
    return { dx: tf.sub(product, tf.mul(tf.sum(product, -1, true), y)) };
  },
  cases: [
    [1, 1],
    [3, 7],
    [2, 3, 65],
    [130, 5],
    [33, 129],
  ].map((shape) => ({ shapes: { dy: shape, y: shape }, attrs: noAttrs })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/** y = exp(x − max x) / Σ exp(x − max x) along the last axis. Plain `tf.softmax` runs on it. */
export const softmax = defineKernel<'x', 'y', object>({
  name: 'LabSoftmax',
  variants: variants(forward, forwardTiled, forwardSubgroup),
  inputs: ['x'],
  outputs: ['y'],
  shape({ x }) {
    if (x.length === 0) throw new ShapeError('softmax needs an axis to run along, got a scalar');
    return { y: x };
  },
  params: ({ x }) => rowParams(x),
  gradient: {
    saves: ['y'],
    backward: ({ y: dy }, { y }) => ({ x: () => softmaxGradient({ dy, y }, noAttrs).dx }),
  },
  reference({ x }) {
    const e = tf.exp(tf.sub(x, tf.max(x, -1, true)));
    return { y: tf.div(e, tf.sum(e, -1, true)) };
  },
  cases: [
    [1, 1],
    [3, 7],
    [2, 3, 65],
    [130, 5],
    [33, 129],
    [1, 1000],
  ].map((shape) => ({ shapes: { x: shape }, attrs: noAttrs })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});
