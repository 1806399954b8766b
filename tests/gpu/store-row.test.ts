import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import { ShapeError } from '../../src/kernels/shape-error';
import { storeRow } from '../../src/kernels/store-row/store-row';
import { normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

/** Scalars, odd sizes, one past a block of 64 and past what a workgroup does; more tensors than a launch binds. */
const shapes = [[], [7], [65], [3, 5], [129, 33], [1], [2, 2, 2], [64], [31], [4], [1, 1], [2]];
const width = shapes.reduce((sum, shape) => sum + tf.util.sizeFromShape(shape), 0);

test.each([
  [LAB, undefined, null],
  [LAB, 1, null],
  [LAB, 5, 'fine'],
  ['cpu', undefined, null],
] as const)(
  'on %s, %s tensors in a launch, variant %s: one row changes, in order',
  async (name, perLaunch, variant) => {
    await tf.setBackend(name);
    if (name === LAB) asLab(tf.backend()).forcedVariant = variant;
    try {
      const before = normals(3 * width, 1);
      const matrix = tf.variable(tf.tensor2d(before, [3, width]));
      const values = shapes.map((shape, i) => normals(tf.util.sizeFromShape(shape), 2 + i));
      values[1]?.set([NaN, Infinity]);
      const tensors = shapes.map((shape, i) => tf.tensor(values[i] ?? [], shape));
      const memory = tf.memory().numTensors;
      storeRow(matrix, 1, tensors, perLaunch);
      expect(tf.memory().numTensors).toBe(memory);
      const wanted = [...before];
      wanted.splice(width, width, ...values.flatMap((each) => [...each]));
      expect([...(await matrix.data())]).toEqual(wanted);
      tf.dispose([matrix, tensors]);
    } finally {
      if (name === LAB) asLab(tf.backend()).forcedVariant = null;
      await tf.setBackend(LAB);
    }
  },
);

test('rows that are not there and tensors that do not fill one are refused', () => {
  const matrix = tf.variable(tf.zeros<tf.Rank.R2>([2, 3]));
  const three = tf.tensor1d([1, 2, 3]);
  for (const row of [-1, 2, 0.5, NaN])
    expect(() => {
      storeRow(matrix, row, [three]);
    }).toThrow(ShapeError);
  for (const tensors of [[], [three, three], [tf.scalar(1)]])
    expect(() => {
      storeRow(matrix, 0, tensors);
    }).toThrow(ShapeError);
  tf.dispose([matrix, three]);
});
