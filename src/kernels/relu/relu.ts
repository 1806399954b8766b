import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, type Shape } from '../kernel';
import { columnsOf, requireEqual, rowParams } from '../rows';
import addPortable from './add-relu.wgsl?raw';
import addColumns4 from './add-relu4.wgsl?raw';
import gradientPortable from './relu-gradient.wgsl?raw';
import gradientColumns4 from './relu-gradient4.wgsl?raw';

const cases: Shape[] = [[1], [3, 7], [2, 5, 3, 8], [65, 2], [130, 4]];

/** dx = dy where y = max(x, 0) is positive, and 0 elsewhere; dy, y, dx of one shape. */
export const reluGradient = defineKernel<'dy' | 'y', 'dx', object>({
  name: 'LabReluGradient',
  variants: [
    {
      name: 'columns4',
      wgsl: gradientColumns4,
      fits: ({ y }) => columnsOf(y) % 4 === 0,
      workgroups: ({ y }) => flatWorkgroups(sizeOf(y) / 4, 64),
    },
    { name: 'portable', wgsl: gradientPortable, workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 64) },
  ],
  inputs: ['dy', 'y'],
  outputs: ['dx'],
  shape({ dy, y }) {
    requireEqual('reluGradient', 'dy', dy, 'y', y);
    return { dx: y };
  },
  params: ({ y }) => rowParams(y),
  reference: ({ dy, y }) => ({ dx: tf.mul(dy, tf.step(y)) }),
  cases: cases.map((shape) => ({ shapes: { dy: shape, y: shape }, attrs: {} })),
  tolerance: { value: 0, grad: 0 },
});

const addReluKernel = defineKernel<'a' | 'b', 'y', object>({
  name: 'LabAddRelu',
  variants: [
    {
      name: 'columns4',
      wgsl: addColumns4,
      fits: ({ y }) => columnsOf(y) % 4 === 0,
      workgroups: ({ y }) => flatWorkgroups(sizeOf(y) / 4, 64),
    },
    { name: 'portable', wgsl: addPortable, workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 64) },
  ],
  inputs: ['a', 'b'],
  outputs: ['y'],
  shape({ a, b }) {
    requireEqual('addRelu', 'a', a, 'b', b);
    return { y: a };
  },
  params: ({ y }) => rowParams(y),
  gradient: {
    saves: ['y'],
    backward({ y: dy }, { y }) {
      // One gradient for both. Made here rather than in a thunk: tfjs frees what a thunk makes and does not return.
      const { dx } = reluGradient({ dy, y }, {});
      return { a: () => dx, b: () => tf.clone(dx) };
    },
  },
  reference: ({ a, b }) => ({ y: tf.relu(tf.add(a, b)) }),
  cases: cases.map((shape) => ({ shapes: { a: shape, b: shape }, attrs: {} })),
  tolerance: { value: 1e-6, grad: 1e-6 },
});

/** max(a + b, 0), as at the end of a residual block; a and b of one shape. Differentiable once. */
export const addRelu = <T extends tf.Tensor>(a: T, b: T): T => addReluKernel({ a, b }, {}).y as T;
