import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../data/data-source';

/**
 * How the values of an image made on the device are ordered, whole or in square patches, and what its black and white are
 * once standardised.
 */
export class ImageLayout {
  /** int32: offsets into the image, in the order wanted and with the shape of one example. */
  readonly offsets: tf.Tensor;
  /** `[channels]`: what the pixel 0 stands for. */
  readonly black: tf.Tensor1D;
  /** `[channels]`: what the pixel 1 stands for. */
  readonly white: tf.Tensor1D;

  /**
   * @param size height and width in pixels, which may be larger than the data set's images
   * @param patch the side of the square patches in pixels; whole images where it is left out
   * @throws RangeError when the patch does not divide the image.
   */
  constructor(
    dataset: Pick<Dataset, 'name' | 'shape' | 'mean' | 'standardDeviation'>,
    [height, width]: readonly [number, number],
    patch?: number,
  ) {
    const [, , channels] = dataset.shape;
    const pixels = height * width;
    const order = Int32Array.from({ length: pixels * channels }, (_, at) => at);
    if (patch === undefined) this.offsets = tf.tensor(order, [height, width, channels], 'int32');
    else {
      if (height % patch !== 0 || width % patch !== 0)
        throw new RangeError(
          `A patch of ${patch} pixels does not divide the ${height} × ${width} images made of ${dataset.name}`,
        );
      this.offsets = tf.tensor(
        order.map((at) => offsetInImage(at, patch, width, channels)),
        [pixels / patch ** 2, patch ** 2 * channels],
        'int32',
      );
    }
    const standardised = (pixel: number) =>
      tf.tensor1d(
        Array.from(
          { length: channels },
          (_, c) => (pixel - (dataset.mean[c] ?? 0)) / (dataset.standardDeviation[c] ?? 1),
        ),
      );
    this.black = standardised(0);
    this.white = standardised(1);
  }

  dispose(): void {
    tf.dispose([this.offsets, this.black, this.white]);
  }
}

/** Place in an image of number `at` of its patches, which run row by row; within a patch pixels run row by row. */
function offsetInImage(at: number, patch: number, width: number, channels: number): number {
  const patchValues = patch * patch * channels;
  const perRow = width / patch;
  const [index, inPatch] = [Math.floor(at / patchValues), at % patchValues];
  const row = Math.floor(index / perRow) * patch + Math.floor(inPatch / (patch * channels));
  const column = (index % perRow) * patch + (Math.floor(inPatch / channels) % patch);
  return (row * width + column) * channels + (inPatch % channels);
}
