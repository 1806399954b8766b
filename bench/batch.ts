import { createRng } from '../src/math/philox-rng';

/** The examples that a problem is trained on: the same ones at every step, so that the loss falls and shows mistakes. */
export interface Batch {
  /** The batch's extent first. */
  shape: readonly number[];
  /** Row-major. */
  examples: Float32Array;
  labels: Int32Array;
  classes: number;
}

/** Normal numbers as examples and uniform labels, always the same ones for the same shape. */
export function randomBatch(shape: readonly number[], classes: number): Batch {
  const rng = createRng(0).fork('bench');
  const [pixels, labels] = [rng.fork('examples'), rng.fork('labels')];
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    shape,
    examples: Float32Array.from({ length: size }, () => pixels.normal()),
    labels: Int32Array.from({ length: shape[0] ?? 0 }, () => labels.below(classes)),
    classes,
  };
}
