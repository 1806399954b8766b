import * as tf from '@tensorflow/tfjs-core';
import { itemDraws } from '../kernels/item-draws/item-draws';
import { overlay } from '../kernels/overlay/overlay';
import type { DeviceRng } from '../kernels/random/device-rng';
import type { MultiTask, MultiTaskBatch, MultiTaskBatches, MultiTaskData } from './multi-task-batches';
import { ImageLayout } from './multi-task-layout';

export interface OverlayOptions {
  /** Side of the square canvas in pixels. */
  canvas: number;
  /** Most pixels by which each image is moved from its corner, along each side, at random. */
  jitter: number;
  /** Side of the square patches of the canvas; it is given whole where this is left out. */
  patch?: number;
}

/**
 * MultiMNIST (Sabour et al., NeurIPS 2017; Sener and Koltun, NeurIPS 2018) from any data set: an image at the top left of a
 * larger canvas, another at the bottom right, the larger pixel where they overlap; classify both. The item asked for is
 * the left one, its partner any item of the split, uniformly (rarely itself).
 *
 * Targets: `left` and `right`, int32 `[batch]`. Streams: word 0 of the item's draws from fork `partner` chooses the partner;
 * those from fork `place` are the pixels that left moves down and right, then right moves up and left.
 */
export class OverlayBatches implements MultiTaskBatches<'left' | 'right'> {
  readonly tasks: readonly MultiTask[];
  readonly inputShape: readonly number[];
  readonly #data: MultiTaskData;
  readonly #options: OverlayOptions;
  readonly #layout: ImageLayout;

  /** @throws RangeError for a canvas smaller than the images, jitter past the other corner, a patch that does not divide. */
  constructor(data: MultiTaskData, options: OverlayOptions) {
    const [height, width] = data.dataset.shape;
    const { canvas, jitter, patch } = options;
    const most = canvas - Math.max(height, width);
    if (!Number.isSafeInteger(canvas) || most < 0)
      throw new RangeError(`Images of ${height} × ${width} do not fit a canvas of ${canvas} pixels.`);
    if (!Number.isSafeInteger(jitter) || jitter < 0 || jitter > most)
      throw new RangeError(`Images on this canvas move by 0 to ${most} pixels, not ${jitter}.`);
    this.#data = data;
    this.#options = options;
    this.#layout = new ImageLayout(data.dataset, [canvas, canvas], patch);
    this.inputShape = this.#layout.offsets.shape;
    const outputs = data.dataset.classes.length;
    this.tasks = ['left', 'right'].map((id) => ({ id, loss: 'cross-entropy', outputs }));
  }

  batch(indices: tf.Tensor1D, rng: DeviceRng): MultiTaskBatch<'left' | 'right'> {
    const { images, count } = this.#data;
    const { canvas, jitter } = this.#options;
    return tf.tidy(() => {
      const { below: chosen } = itemDraws(indices, rng.fork('partner'), [count, 1, 1, 1]);
      const partners = tf.reshape<tf.Rank.R1>(tf.slice(chosen, [0, 0], [-1, 1]), [-1]);
      const left = images.images(indices);
      const right = images.images(partners);
      const bound = jitter + 1;
      const { below: places } = itemDraws(indices, rng.fork('place'), [bound, bound, bound, bound]);
      const { black, offsets } = this.#layout;
      return {
        input: overlay(left.images, right.images, { black, offsets, places, canvas: [canvas, canvas] }),
        targets: { left: left.labels, right: right.labels },
      };
    });
  }

  dispose(): void {
    this.#layout.dispose();
  }
}
