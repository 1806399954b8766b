import * as tf from '@tensorflow/tfjs-core';
import { DataError, type Dataset, type Split } from '../data/data-source';
import { asLab, LAB } from '../engine/lab-backend';
import { augmentImages, gatherImages } from '../kernels/batch/images';
import type { DeviceRng } from '../kernels/random/device-rng';
import { randomNormal } from '../kernels/random/random';
import { patchOffsets } from './patch-offsets';

/** What training does to images at random, each anew at every step. */
export interface Augmentation {
  /** Pixels by which an image is shifted at most, each way; black ones move in. */
  padding: number;
  /** Whether an image is mirrored left to right with probability ½. */
  flip: boolean;
  /** Standard deviation of the normal noise added to every standardised value. */
  noise: number;
  /** Draws from its forks `place` and `noise`. */
  rng: DeviceRng;
}

export interface BatchLayout {
  /** Side of the square patches, in pixels; 1 where left out. */
  patch?: number;
  /** Factor on all standardised values of each image of the split; 1 for all where left out. */
  contrast?: Float32Array;
}

type Source = Pick<Dataset, 'name' | 'shape' | 'mean' | 'standardDeviation'>;

/**
 * The images of a split on the device, as bytes. Batches are gathered there by index and standardised, (pixel / 255 − mean)
 * / standard deviation per channel, so that a step is given a few indices instead of its images. With the indices as a
 * declared input a captured step reads another batch at every replay.
 */
export class DeviceBatches {
  /** Patches of an image. */
  readonly patchCount: number;
  /** Numbers in a patch: patch² × channels. */
  readonly patchValues: number;
  readonly #shape: Source['shape'];
  readonly #bytes: tf.Tensor2D;
  readonly #labels: tf.Tensor1D;
  readonly #standardised: tf.Tensor2D;
  readonly #inImage: tf.Tensor;
  readonly #inPatches: tf.Tensor;
  readonly #contrast: tf.Tensor1D | null;

  /**
   * Sends a split to the device. The split's own bytes are not needed afterwards, except on backends without a device.
   * @throws RangeError when the patch does not divide the image, or there is not one contrast for each; DataError when the
   *   device has no room for the split.
   */
  constructor(dataset: Source, split: Split, { patch = 1, contrast }: BatchLayout = {}) {
    const [height, width, channels] = dataset.shape;
    if (height % patch !== 0 || width % patch !== 0)
      throw new RangeError(
        `A patch of ${patch} pixels does not divide the ${height} × ${width} images of ${dataset.name}`,
      );
    if (contrast && contrast.length !== split.count)
      throw new RangeError(`There are ${contrast.length} contrasts for ${split.count} images`);
    const imageValues = height * width * channels;
    const words = Math.ceil(imageValues / 4);
    if (tf.getBackend() === LAB)
      requireRoom(dataset.name, split.count, 4 * words, asLab(tf.backend()).device.limits);
    this.#shape = dataset.shape;
    this.patchValues = patch * patch * channels;
    this.patchCount = imageValues / this.patchValues;
    this.#bytes = tf.tensor2d(packed(split, imageValues), [split.count, words], 'int32');
    this.#labels = tf.tensor1d(Int32Array.from(split.labels), 'int32');
    this.#standardised = tf.tensor2d(standardise(dataset), [channels, 256]);
    const order = Int32Array.from({ length: imageValues }, (_, at) => at);
    this.#inImage = tf.tensor(order, [...dataset.shape], 'int32');
    this.#inPatches = tf.tensor(
      patchOffsets(dataset.shape, patch),
      [this.patchCount, this.patchValues],
      'int32',
    );
    this.#contrast = contrast ? tf.tensor1d(contrast) : null;
    if (tf.getBackend() === LAB && split.count > 0) asLab(tf.backend()).uploadToGPU(this.#bytes.dataId);
  }

  /**
   * The images at these indices, int32 `[batch]`, cut into square patches: `[batch, patches, patchValues]`. Patches run row
   * by row over the image; within a patch pixels run row by row, channels last.
   * @returns also labels, int32 `[batch]`; an index outside the split gives NaN and the label −1 on WebGPU
   */
  patches(indices: tf.Tensor1D, augmentation?: Augmentation): { patches: tf.Tensor3D; labels: tf.Tensor1D } {
    const { values, labels } = this.#read(indices, this.#inPatches, augmentation);
    return { patches: values as tf.Tensor3D, labels };
  }

  /** The same images whole: `[batch, height, width, channels]`. */
  images(indices: tf.Tensor1D, augmentation?: Augmentation): { images: tf.Tensor4D; labels: tf.Tensor1D } {
    const { values, labels } = this.#read(indices, this.#inImage, augmentation);
    return { images: values as tf.Tensor4D, labels };
  }

  /** Frees the split on the device. */
  dispose(): void {
    tf.dispose([this.#bytes, this.#labels, this.#standardised, this.#inImage, this.#inPatches]);
    this.#contrast?.dispose();
  }

  #read(
    indices: tf.Tensor1D,
    offsets: tf.Tensor,
    augmentation: Augmentation | undefined,
  ): { values: tf.Tensor; labels: tf.Tensor1D } {
    const inputs = {
      bytes: this.#bytes,
      labels: this.#labels,
      standardised: this.#standardised,
      offsets,
      indices,
    };
    if (!augmentation) {
      const { values, chosen } = gatherImages(inputs, {});
      return { values: this.#withContrast(values, indices), labels: chosen as tf.Tensor1D };
    }
    const { padding, flip, noise, rng } = augmentation;
    const [height, width] = this.#shape;
    const { key, step } = rng.fork('place');
    const augmented = augmentImages({ ...inputs, step }, { height, width, padding, flip, key });
    const values = this.#withContrast(augmented.values, indices);
    const labels = augmented.chosen as tf.Tensor1D;
    if (noise === 0) return { values, labels };
    const noisy = tf.tidy(() => tf.add(values, tf.mul(randomNormal(values.shape, rng.fork('noise')), noise)));
    values.dispose();
    return { values: noisy, labels };
  }

  /** The images of these indices, each times its contrast. */
  #withContrast(values: tf.Tensor, indices: tf.Tensor1D): tf.Tensor {
    const all = this.#contrast;
    if (!all) return values;
    const scaled = tf.tidy(() => {
      const factors = tf.gather(all, indices);
      return tf.mul(values, tf.reshape(factors, [-1, ...values.shape.slice(1).fill(1)]));
    });
    values.dispose();
    return scaled;
  }
}

/** What each byte stands for, by channel: `[channels, 256]`. */
const standardise = ({ shape: [, , channels], mean, standardDeviation }: Source): Float32Array =>
  Float32Array.from({ length: 256 * channels }, (_, at) => {
    const channel = Math.floor(at / 256);
    return ((at % 256) / 255 - (mean[channel] ?? 0)) / (standardDeviation[channel] ?? 1);
  });

/** The bytes four to a word, each image from a word's beginning; no copy where they lie so already. */
function packed({ count, pixels }: Split, imageValues: number): Int32Array {
  const words = Math.ceil(imageValues / 4);
  if (imageValues % 4 === 0 && pixels.byteOffset % 4 === 0)
    return new Int32Array(pixels.buffer, pixels.byteOffset, count * words);
  const bytes = new Uint8Array(4 * words * count);
  for (let i = 0; i < count; i++)
    bytes.set(pixels.subarray(i * imageValues, (i + 1) * imageValues), 4 * words * i);
  return new Int32Array(bytes.buffer);
}

/** @throws DataError unless a device with these limits holds so many images of so many bytes in one piece. */
export function requireRoom(
  name: string,
  count: number,
  imageBytes: number,
  {
    maxBufferSize,
    maxStorageBufferBindingSize,
  }: Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>,
): void {
  const room = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  if (count * imageBytes <= room) return;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  throw new DataError(
    `${count} images of ${name} take ${megabytes(count * imageBytes)} on the graphics device, which holds ` +
      `${megabytes(room)} in one piece: choose at most ${Math.floor(room / imageBytes)} examples.`,
  );
}
