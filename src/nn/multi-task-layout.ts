import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../data/data-source';
import { patchOffsets } from './patch-offsets';

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
    if (patch === undefined) {
      const order = Int32Array.from({ length: height * width * channels }, (_, at) => at);
      this.offsets = tf.tensor(order, [height, width, channels], 'int32');
    } else {
      if (height % patch !== 0 || width % patch !== 0)
        throw new RangeError(
          `A patch of ${patch} pixels does not divide the ${height} × ${width} images made of ${dataset.name}`,
        );
      this.offsets = tf.tensor(
        patchOffsets([height, width, channels], patch),
        [(height * width) / patch ** 2, patch ** 2 * channels],
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
