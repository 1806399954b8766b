import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { f32, flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { ShapeError } from '../shape-error';
import rowsSubgroup from './reduce-rows-subgroup.wgsl?raw';
import rowsTiled from './reduce-rows-tiled.wgsl?raw';
import columns4 from './reduce-columns4.wgsl?raw';
import portable from './reduce.wgsl?raw';

export interface ReduceAttrs {
  largest: boolean;
  /** Results along the reduced axis: 1, or more for a first stage. */
  chunks: number;
  /** Of the sum. */
  divisor: number;
}

const negativeInfinityBits = 0xff80_0000;

/** Elements per chunk. */
const chunkLength = (extent: number, chunks: number): number => Math.ceil(extent / chunks);

/** Whether the elements of one result lie side by side. */
const isRows = ({ x }: { x: Shape }): boolean => x[2] === 1;

/**
 * Reduces the middle axis: y = Σ x / divisor, or max x. x `[outer, extent, inner]`, y `[outer, chunks, inner]`.
 * No chunk may be empty.
 */
export const reduce = defineKernel<'x', 'y', ReduceAttrs>({
  name: 'LabReduce',
  variants: [
    {
      name: 'columns4',
      wgsl: columns4,
      fits: ({ x }) => (x[2] ?? 0) % 4 === 0,
      workgroups: ({ y }) => flatWorkgroups(sizeOf(y) / 4, 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 64) },
    {
      name: 'tiled',
      wgsl: rowsTiled,
      fits: isRows,
      workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 1),
    },
    {
      name: 'subgroup',
      needs: 'subgroups',
      wgsl: rowsSubgroup,
      fits: isRows,
      workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 32),
    },
  ],
  inputs: ['x'],
  outputs: ['y'],
  shape({ x }, { chunks }) {
    const [outer = 0, extent = 0, inner = 0] = x;
    if (x.length !== 3) throw new ShapeError(`reduce needs [outer, extent, inner], got [${x.join(', ')}]`);
    if (chunkLength(extent, chunks) * (chunks - 1) >= extent) {
      throw new ShapeError(`${String(extent)} elements do not fill ${String(chunks)} chunks`);
    }
    return { y: [outer, chunks, inner] };
  },
  params({ x }, { chunks, largest, divisor }) {
    const [outer = 0, extent = 0, inner = 0] = x;
    return {
      outer: u32(outer),
      extent: u32(extent),
      inner: u32(inner),
      chunks: u32(chunks),
      chunk: u32(chunkLength(extent, chunks)),
      largest: u32(largest ? 1 : 0),
      lowest: u32(negativeInfinityBits),
      divisor: f32(divisor),
    };
  },
  reference({ x }, { chunks, largest, divisor }) {
    const extent = x.shape[1] ?? 0;
    const length = chunkLength(extent, chunks);
    const parts = Array.from({ length: chunks }, (_, i) => {
      const part = tf.slice(x, [0, i * length, 0], [-1, Math.min(length, extent - i * length), -1]);
      return largest ? tf.max(part, 1, true) : tf.div(tf.sum(part, 1, true), divisor);
    });
    return { y: tf.concat(parts, 1) };
  },
  cases: [
    { shapes: { x: [1, 1, 1] }, attrs: { largest: false, chunks: 1, divisor: 1 } },
    { shapes: { x: [3, 5, 7] }, attrs: { largest: true, chunks: 1, divisor: 1 } },
    { shapes: { x: [3, 7, 8] }, attrs: { largest: true, chunks: 2, divisor: 1 } },
    { shapes: { x: [70, 33, 1] }, attrs: { largest: false, chunks: 1, divisor: 33 } },
    { shapes: { x: [3, 400, 1] }, attrs: { largest: false, chunks: 3, divisor: 400 } },
    { shapes: { x: [33, 129, 1] }, attrs: { largest: true, chunks: 2, divisor: 1 } },
    { shapes: { x: [2, 130, 68] }, attrs: { largest: false, chunks: 9, divisor: 2 } },
  ],
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/** Enough invocations to keep a device busy; fewer results than this are worth a second launch. */
const wantedThreads = 4096;
/** So short an axis is reduced in one go. */
const shortExtent = 128;

/** In how many chunks to reduce `outputs` axes of `extent` elements: 1 unless there are few and they are long. */
export function chunksFor(extent: number, outputs: number): number {
  if (extent <= shortExtent || outputs >= wantedThreads / 2) return 1;
  const wanted = Math.min(Math.ceil(extent / 32), Math.ceil(wantedThreads / outputs));
  return Math.ceil(extent / chunkLength(extent, wanted)); // no chunk is empty
}

/** A run of neighbouring axes that are all reduced or all kept. */
interface AxisRun {
  isReduced: boolean;
  extent: number;
}

/** Merges neighbouring axes with the same fate; axes of one element join either side. */
export function mergeAxes(shape: Shape, axes: readonly number[]): AxisRun[] {
  const runs: AxisRun[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const isReduced = axes.includes(axis);
    const last = runs.at(-1);
    if (last?.isReduced === isReduced) last.extent *= extent;
    else runs.push({ isReduced, extent });
  });
  return runs;
}
