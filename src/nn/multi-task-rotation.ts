import * as tf from '@tensorflow/tfjs-core';
import { addItemNoise, itemDraws } from '../kernels/item-draws/item-draws';
import type { DeviceRng } from '../kernels/random/device-rng';
import { rotate } from '../kernels/rotate/rotate';
import type { MultiTask, MultiTaskBatch, MultiTaskBatches, MultiTaskData } from './multi-task-batches';
import { ImageLayout } from './multi-task-layout';

export interface RotationOptions {
  /** Images are turned by a random angle, uniform between −this and this. */
  maxDegrees: number;
  /** Standard deviation of the normal noise added to the target angle, in units of the largest angle. */
  angleNoise: number;
  /** Standard deviation of the normal noise added to every standardised value of the input. */
  pixelNoise: number;
  /** Side of the square patches; images are given whole where this is left out. */
  patch?: number;
}

/**
 * Three tasks whose losses lie on different scales, from one turned and noisy image: its class (cross-entropy), its angle
 * (L1) and the turned image without the noise (L2). Noise in the target angle keeps the L1 loss from running to 0.
 *
 * Targets: `class` int32 `[batch]`; `angle` `[batch]`, in units of the largest angle, anticlockwise positive; `clean`, shaped
 * as the input. Streams: 2u − 1 of word 0 of the item's draws from fork `angle` is the angle; forks `angle-noise` and
 * `pixel-noise` give the item's normal numbers.
 */
export class RotationBatches implements MultiTaskBatches<'class' | 'angle' | 'clean'> {
  readonly tasks: readonly MultiTask[];
  readonly inputShape: readonly number[];
  readonly #data: MultiTaskData;
  readonly #options: RotationOptions;
  readonly #layout: ImageLayout;

  /** @throws RangeError for an angle outside [0, 180], negative noise, a patch that does not divide the image. */
  constructor(data: MultiTaskData, options: RotationOptions) {
    const [height, width] = data.dataset.shape;
    const { maxDegrees, angleNoise, pixelNoise, patch } = options;
    if (!(maxDegrees >= 0 && maxDegrees <= 180))
      throw new RangeError(`Images are turned by at most 0 to 180 degrees, not ${maxDegrees}.`);
    if (!(angleNoise >= 0 && pixelNoise >= 0))
      throw new RangeError(`Noise has a deviation of 0 or more, not ${angleNoise} and ${pixelNoise}.`);
    this.#data = data;
    this.#options = options;
    this.#layout = new ImageLayout(data.dataset, [height, width], patch);
    this.inputShape = this.#layout.offsets.shape;
    this.tasks = [
      { id: 'class', loss: 'cross-entropy', outputs: data.dataset.classes.length },
      { id: 'angle', loss: 'l1', outputs: 1 },
      { id: 'clean', loss: 'l2', outputs: this.#layout.offsets.size },
    ];
  }

  batch(indices: tf.Tensor1D, rng: DeviceRng): MultiTaskBatch<'class' | 'angle' | 'clean'> {
    const { maxDegrees, angleNoise, pixelNoise } = this.#options;
    return tf.tidy(() => {
      const { images, labels } = this.#data.images.images(indices);
      const { uniform } = itemDraws(indices, rng.fork('angle'));
      const first = tf.reshape<tf.Rank.R1>(tf.slice(uniform, [0, 0], [-1, 1]), [-1]);
      const angle: tf.Tensor1D = tf.sub(tf.mul(first, 2), 1);
      const turns: tf.Tensor1D = tf.mul(angle, maxDegrees / 360);
      const { black, offsets } = this.#layout;
      const clean = rotate(images, { turns, black, offsets });
      return {
        input: noisy(clean, indices, rng.fork('pixel-noise'), pixelNoise),
        targets: {
          class: labels,
          angle: noisy(angle, indices, rng.fork('angle-noise'), angleNoise),
          clean,
        },
      };
    });
  }

  dispose(): void {
    this.#layout.dispose();
  }
}

/** With the items' own noise, a tensor of its own even where there is none. */
const noisy = (values: tf.Tensor, indices: tf.Tensor1D, rng: DeviceRng, deviation: number): tf.Tensor =>
  deviation === 0 ? tf.clone(values) : addItemNoise(values, indices, rng, deviation);
