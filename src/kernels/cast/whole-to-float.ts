import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import wgsl from './whole-to-float.wgsl?raw';

/** y = x, whole numbers as floating-point numbers of the same shape. Plain `tf.cast` runs on it. */
export const wholeToFloat = defineKernel<'x', 'y', object>({
  name: 'LabWholeToFloat',
  variants: [{ name: 'portable', wgsl, workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) }],
  inputs: ['x'],
  outputs: ['y'],
  integers: ['x'],
  shape: ({ x }) => ({ y: x }),
  params: ({ x }) => ({ size: u32(sizeOf(x)) }),
  reference: ({ x }) => ({ y: tf.cast(x, 'float32') }),
  cases: [
    { shapes: { x: [1] }, attrs: {}, below: 9 },
    { shapes: { x: [3, 5, 7] }, attrs: {}, below: 2 },
    { shapes: { x: [2, 131] }, attrs: {}, below: 100_000 },
  ],
  tolerance: { value: 0, grad: 0 },
});
