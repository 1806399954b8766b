import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { laneVariants } from '../lane-variants';
import byColumn from './segment-sum-by-column.wgsl?raw';
import bySegment from './segment-sum.wgsl?raw';

interface SegmentAttrs {
  segments: number;
}

/**
 * Sums rows by segment, in a fixed order: y[z, s] = Σ x[z, r] over the rows with ids[z, r] = s. Rows whose id names no
 * segment are left out. x `[batch, rows, columns]`, ids int32 `[batch, rows]`, y `[batch, segments, columns]`.
 */
export const segmentSum = defineKernel<'x' | 'ids', 'y', SegmentAttrs>({
  name: 'LabSegmentSum',
  variants: [
    ...laneVariants<'x' | 'ids' | 'y'>(byColumn, 'x', ({ x }, across) => (x[0] ?? 0) * across),
    // A graphics processor is busier when every result has an invocation, if there are few segments to look for.
    { name: 'segments', wgsl: bySegment, workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 64) },
  ],
  inputs: ['x', 'ids'],
  outputs: ['y'],
  integers: ['ids'],
  shape({ x, ids }, { segments }) {
    if (x.length !== 3 || ids.length !== 2 || x[0] !== ids[0] || x[1] !== ids[1]) {
      throw new ShapeError(
        `segmentSum needs x [batch, rows, columns] and ids [batch, rows], got ${shapeText(x)} and ${shapeText(ids)}`,
      );
    }
    return { y: [x[0] ?? 0, segments, x[2] ?? 0] };
  },
  params: ({ x }, { segments }) => ({
    batch: u32(x[0] ?? 0),
    rows: u32(x[1] ?? 0),
    columns: u32(x[2] ?? 0),
    segments: u32(segments),
  }),
  reference({ x, ids }, { segments }) {
    const isIn = tf.equal(
      tf.expandDims(ids, 1),
      tf.reshape(tf.range(0, segments, 1, 'int32'), [1, segments, 1]),
    );
    return { y: tf.matMul(tf.cast(isIn, 'float32'), x) }; // [batch, segments, rows]·[batch, rows, columns]
  },
  cases: [
    { shapes: { x: [1, 1, 1], ids: [1, 1] }, attrs: { segments: 1 }, below: 1 },
    { shapes: { x: [2, 7, 5], ids: [2, 7] }, attrs: { segments: 3 }, below: 4 },
    { shapes: { x: [3, 70, 33], ids: [3, 70] }, attrs: { segments: 66 }, below: 66 },
    { shapes: { x: [2, 131, 36], ids: [2, 131] }, attrs: { segments: 10 }, below: 11 },
  ],
  tolerance: { value: 1e-5, grad: 1e-5 },
});
