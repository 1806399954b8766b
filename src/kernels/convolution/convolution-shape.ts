import type * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';

/** How a filter runs over an image: y[v, u] reads x[v · strides[0] + ky − padding[0], u · strides[1] + kx − padding[1]]. */
export interface Sliding {
  strides: readonly [number, number];
  /** Zeros above and to the left of the image; those below and to the right follow from the sizes. */
  padding: readonly [number, number];
}

/** Extents of images `[batch, height, width, channels]`. */
export function extentsOf(shape: Shape) {
  const [batch = 0, height = 0, width = 0, channels = 0] = shape;
  return { batch, height, width, channels };
}

/**
 * Zeros on all sides as tfjs takes them, so that a filter of `taps` [height, width] makes `output` rows and columns of
 * `input`.
 */
export function explicitPadding(
  { strides, padding }: Sliding,
  taps: Shape,
  input: Shape,
  output: Shape,
): tf.backend_util.ExplicitPadding {
  const pair = (axis: 0 | 1): [number, number] => {
    const reach = ((output[axis] ?? 0) - 1) * strides[axis] + (taps[axis] ?? 0);
    return [padding[axis], Math.max(0, reach - (input[axis] ?? 0) - padding[axis])];
  };
  return [[0, 0], pair(0), pair(1), [0, 0]];
}

/** @throws ShapeError unless both have four axes. */
export function requireImages(kernel: string, a: Shape, b: Shape): void {
  if (a.length === 4 && b.length === 4) return;
  throw new ShapeError(
    `${kernel} needs images [batch, height, width, channels] and filters [height, width, in, out], got ${shapeText(a)} and ${shapeText(b)}`,
  );
}
