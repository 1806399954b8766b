import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import portable from './transpose.wgsl?raw';
import fours from './transpose4.wgsl?raw';

export interface TransposeAttrs {
  /** Axis of x that each axis of y is. */
  perm: readonly number[];
}

/** Axes the kernel knows. */
export const maxRank = 4;

/** Extents and strides of y's axes in x, filled up in front with axes of one element. */
function axesOf(x: Shape, perm: readonly number[]) {
  const strides = x.map((_, axis) => sizeOf(x.slice(axis + 1)));
  const missing = Array<number>(maxRank - x.length);
  return {
    extents: [...missing.fill(1), ...perm.map((axis) => x[axis] ?? 1)],
    strides: [...missing.fill(0), ...perm.map((axis) => strides[axis] ?? 0)],
  };
}

/** y = x with its axes permuted; at most four axes. Plain `tf.transpose` runs on it. */
export const transpose = defineKernel<'x', 'y', TransposeAttrs>({
  name: 'LabTranspose',
  variants: [
    {
      name: 'fours',
      wgsl: fours,
      fits: ({ x }, { perm }) => perm.at(-1) === x.length - 1 && (x.at(-1) ?? 0) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(sizeOf(x) / 4, 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) },
  ],
  inputs: ['x'],
  outputs: ['y'],
  shape({ x }, { perm }) {
    const isPermutation = perm.length === x.length && x.every((_, axis) => perm.includes(axis));
    if (!isPermutation || x.length === 0 || x.length > maxRank) {
      throw new ShapeError(
        `transpose needs a permutation of 1 to ${String(maxRank)} axes, got [${perm.join(', ')}] for ${shapeText(x)}`,
      );
    }
    return { y: perm.map((axis) => x[axis] ?? 0) };
  },
  params({ x }, { perm }) {
    const { extents, strides } = axesOf(x, perm);
    return {
      size: u32(sizeOf(x)),
      extent1: u32(extents[1] ?? 1),
      extent2: u32(extents[2] ?? 1),
      extent3: u32(extents[3] ?? 1),
      stride0: u32(strides[0] ?? 0),
      stride1: u32(strides[1] ?? 0),
      stride2: u32(strides[2] ?? 0),
      stride3: u32(strides[3] ?? 0),
    };
  },
  reference: ({ x }, { perm }) => ({ y: tf.transpose(x, [...perm]) }),
  cases: [
    { shapes: { x: [1] }, attrs: { perm: [0] } },
    { shapes: { x: [5, 7] }, attrs: { perm: [1, 0] } },
    { shapes: { x: [3, 67, 4] }, attrs: { perm: [1, 0, 2] } },
    { shapes: { x: [2, 3, 5, 8] }, attrs: { perm: [0, 2, 1, 3] } },
    { shapes: { x: [2, 3, 5, 7] }, attrs: { perm: [3, 1, 0, 2] } },
  ],
  tolerance: { value: 0, grad: 0 },
});

/**
 * The same permutation in as few axes as possible: axes of one element dropped, neighbours that stay neighbours merged.
 * One axis or none is left when nothing moves.
 */
export function simplify(x: Shape, perm: readonly number[]): { x: number[]; perm: number[] } {
  // Runs of x's axes in the order of y, each a list of neighbouring axes.
  const runs: number[][] = [];
  let previous = NaN;
  const wide = x.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  for (const axis of perm.filter((axis) => wide.includes(axis))) {
    const place = wide.indexOf(axis);
    if (place === previous + 1) runs.at(-1)?.push(axis);
    else runs.push([axis]);
    previous = place;
  }
  const inOrderOfX = runs.toSorted(([a = 0], [b = 0]) => a - b);
  return {
    x: inOrderOfX.map((run) => sizeOf(run.map((axis) => x[axis] ?? 1))),
    perm: runs.map((run) => inOrderOfX.indexOf(run)),
  };
}
