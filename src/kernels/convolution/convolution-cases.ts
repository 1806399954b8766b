import type { Sliding } from './convolution-shape';

type Shape4 = readonly [number, number, number, number];

const evenly = (stride: number, zeros: number): Sliding => ({
  strides: [stride, stride],
  padding: [zeros, zeros],
});

/** Convolutions y = x ∗ filter that the tests run, forward and backward. */
export const convolutionCases: readonly { x: Shape4; filter: Shape4; y: Shape4; sliding: Sliding }[] = [
  { x: [1, 1, 1, 1], filter: [1, 1, 1, 1], y: [1, 1, 1, 1], sliding: evenly(1, 0) },
  { x: [2, 5, 9, 3], filter: [3, 3, 3, 16], y: [2, 5, 9, 16], sliding: evenly(1, 1) },
  { x: [2, 6, 8, 16], filter: [3, 3, 16, 16], y: [2, 6, 8, 16], sliding: evenly(1, 1) },
  { x: [1, 7, 17, 4], filter: [3, 2, 4, 20], y: [1, 4, 9, 20], sliding: evenly(2, 1) },
  { x: [2, 8, 8, 8], filter: [3, 3, 8, 32], y: [2, 4, 4, 32], sliding: evenly(2, 0) },
  { x: [2, 8, 9, 8], filter: [1, 1, 8, 16], y: [2, 4, 5, 16], sliding: evenly(2, 0) },
  { x: [3, 6, 5, 2], filter: [5, 3, 2, 7], y: [3, 6, 7, 7], sliding: evenly(1, 2) },
  { x: [1, 9, 7, 5], filter: [2, 2, 5, 3], y: [1, 3, 2, 3], sliding: evenly(3, 0) },
  {
    x: [1, 10, 33, 16],
    filter: [3, 3, 16, 32],
    y: [1, 4, 33, 32],
    sliding: { strides: [3, 1], padding: [2, 1] },
  },
];
