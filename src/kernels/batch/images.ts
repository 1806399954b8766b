import * as tf from '@tensorflow/tfjs-core';
import { multiplyHigh, philox4x32, type PhiloxKey } from '../../math/philox';
import { defineKernel } from '../define-kernel';
import { sizeOf, u32, type Shape } from '../kernel';
import { stepAtHand, valuesAtHand } from '../random/at-hand';
import { withPhilox } from '../random/with-philox';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import augment from './augment.wgsl?raw';
import gather from './gather.wgsl?raw';
import gather4 from './gather4.wgsl?raw';

type In = 'bytes' | 'labels' | 'standardised' | 'offsets' | 'indices';
type Out = 'values' | 'chosen';

/** WebGPU promises as many workgroups along one dimension, and each image of a batch takes one. */
const MOST_IMAGES = 65_535;

function outputShapes(
  kernel: string,
  { bytes, labels, standardised, offsets, indices }: Record<In, Shape>,
): Record<Out, Shape> {
  const [images = 0, words = 0] = bytes;
  const [channels = 0] = standardised;
  const [batch = 0] = indices;
  if (bytes.length !== 2 || sizeOf(offsets) > 4 * words)
    throw new ShapeError(
      `${kernel}: images ${shapeText(bytes)} of four bytes do not hold ${shapeText(offsets)}`,
    );
  requireEqual(kernel, 'labels', labels, 'one for each image', [images]);
  requireEqual(kernel, 'standardised', standardised, 'the values of a byte by channel', [channels, 256]);
  requireEqual(kernel, 'indices', indices, 'a list', [batch]);
  if (batch > MOST_IMAGES) throw new ShapeError(`${kernel}: a batch of ${batch} images is too large`);
  return { values: [batch, ...offsets], chosen: [batch] };
}

const sizes = ({ bytes, standardised, offsets }: Record<In, Shape>) => ({
  images: u32(bytes[0] ?? 0),
  words: u32(bytes[1] ?? 0),
  size: u32(sizeOf(offsets)),
  channels: u32(standardised[0] ?? 0),
});

const workgroups = ({ offsets, indices }: Record<In, Shape>) =>
  [Math.ceil(sizeOf(offsets) / 4 / 64), indices[0] ?? 0, 1] as const;

/**
 * The images of a batch, read on the processor.
 * @param sourceOf where image `i` of the batch takes the value at an offset from; −1 is black
 */
function readImages(
  { bytes, labels, standardised, offsets, indices }: Record<In, tf.Tensor>,
  sourceOf: (i: number, offset: number) => number,
): Record<Out, tf.Tensor> {
  const rows = valuesAtHand(tf.gather(bytes, indices));
  const pixels = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
  const [batch = 0] = indices.shape;
  const [channels = 1] = standardised.shape;
  const table = valuesAtHand(standardised);
  const sources = valuesAtHand(offsets);
  const values = new Float32Array(batch * offsets.size);
  for (let i = 0; i < batch; i++) {
    const first = (i * pixels.length) / batch;
    for (let v = 0; v < offsets.size; v++) {
      const offset = sources[v] ?? 0;
      const source = sourceOf(i, offset);
      const byte = source < 0 ? 0 : (pixels[first + source] ?? 0);
      values[i * offsets.size + v] = table[(offset % channels) * 256 + byte] ?? 0;
    }
  }
  return {
    values: tf.tensor(values, [batch, ...offsets.shape]),
    chosen: tf.gather(labels, indices),
  };
}

/**
 * Images of a data set that lies on the device as bytes, standardised, with their labels, by index:
 * values[i, v] = standardised[channel, byte] for byte offsets[v] of image indices[i].
 *
 * - bytes int32 `[images, words]`: four bytes a word, the lowest first, channels last; an image may end within a word
 * - labels int32 `[images]`
 * - standardised `[channels, 256]`: what each byte stands for
 * - offsets int32, any shape: offsets into an image, the order in which its values are given
 * - indices int32 `[batch]`; one outside the images gives NaN and the label −1 on WebGPU and is refused elsewhere
 */
export const gatherImages = defineKernel<In, Out, object>({
  name: 'LabGatherImages',
  variants: [
    { name: 'fours', wgsl: gather4, fits: ({ offsets }) => sizeOf(offsets) % 4 === 0, workgroups },
    { name: 'portable', wgsl: gather, workgroups },
  ],
  inputs: ['bytes', 'labels', 'standardised', 'offsets', 'indices'],
  outputs: ['values', 'chosen'],
  integers: ['bytes', 'labels', 'offsets', 'indices', 'chosen'],
  shape: (shapes) => outputShapes('gatherImages', shapes),
  params: sizes,
  reference: (inputs) => readImages(inputs, (_, offset) => offset),
  cases: [
    { images: 1, words: 1, channels: 1, offsets: [1], batch: 1 },
    { images: 7, words: 4, channels: 3, offsets: [5, 3], batch: 3 },
    { images: 9, words: 65, channels: 1, offsets: [257], batch: 5 },
    { images: 20, words: 12, channels: 3, offsets: [4, 4, 3], batch: 67 },
  ].map(({ images, words, channels, offsets, batch }) => ({
    shapes: {
      bytes: [images, words],
      labels: [images],
      standardised: [channels, 256],
      offsets,
      indices: [batch],
    },
    attrs: {},
    below: images,
  })),
  tolerance: { value: 0, grad: 0 },
});

export interface RandomPlace {
  height: number;
  width: number;
  /** Black pixels around the image, in which a window of the image's size is placed at random. */
  padding: number;
  /** Whether the window is mirrored left to right with probability ½. */
  flip: boolean;
  key: PhiloxKey;
}

/**
 * As `gatherImages`, with every image shifted by up to `padding` pixels each way, black (byte 0) moving in, and mirrored
 * half the time. Image i of the batch draws from counter [0, i, step, 0] of the stream: words 0 and 1 are the window's row
 * and column, ⌊word · (2 padding + 1) / 2³²⌋, and the highest bit of word 2 mirrors it.
 * @param step int32 `[1]`
 */
export const augmentImages = defineKernel<In | 'step', Out, RandomPlace>({
  name: 'LabAugmentImages',
  variants: [{ name: 'portable', wgsl: withPhilox(augment), workgroups }],
  inputs: ['bytes', 'labels', 'standardised', 'offsets', 'indices', 'step'],
  outputs: ['values', 'chosen'],
  integers: ['bytes', 'labels', 'offsets', 'indices', 'step', 'chosen'],
  shape({ step, ...shapes }, { height, width }) {
    requireEqual('augmentImages', 'step', step, 'one number', [1]);
    const [channels = 0] = shapes.standardised;
    if (sizeOf(shapes.offsets) !== height * width * channels)
      throw new ShapeError(
        `augmentImages: ${shapeText(shapes.offsets)} values are no image of ${height} × ${width} with ${channels} channels`,
      );
    return outputShapes('augmentImages', shapes);
  },
  params: (shapes, { height, width, padding, flip, key }) => ({
    ...sizes(shapes),
    height: u32(height),
    width: u32(width),
    padding: u32(padding),
    flips: u32(flip ? 1 : 0),
    key0: u32(key[0]),
    key1: u32(key[1]),
  }),
  reference({ step, ...inputs }, { height, width, padding, flip, key }) {
    const [channels = 1] = inputs.standardised.shape;
    const at = stepAtHand(step) >>> 0;
    const words = Array.from({ length: inputs.indices.size }, (_, i) => philox4x32([0, i, at, 0], key));
    return readImages(inputs, (i, offset) => {
      const [w0 = 0, w1 = 0, w2 = 0] = words[i] ?? [];
      const down = multiplyHigh(w0, 2 * padding + 1) - padding;
      const right = multiplyHigh(w1, 2 * padding + 1) - padding;
      const isMirrored = flip && w2 >= 2 ** 31;
      const column = Math.floor(offset / channels) % width;
      const row = Math.floor(offset / (channels * width)) + down;
      const from = (isMirrored ? width - 1 - column : column) + right;
      const isInside = row >= 0 && row < height && from >= 0 && from < width;
      return isInside ? (row * width + from) * channels + (offset % channels) : -1;
    });
  },
  cases: [
    { images: 1, height: 1, width: 1, channels: 1, batch: 1, padding: 0, flip: false },
    { images: 7, height: 5, width: 3, channels: 1, batch: 9, padding: 0, flip: true },
    { images: 7, height: 3, width: 5, channels: 3, batch: 9, padding: 2, flip: false },
    { images: 20, height: 9, width: 10, channels: 3, batch: 67, padding: 4, flip: true },
  ].map(({ images, height, width, channels, batch, ...place }) => ({
    shapes: {
      bytes: [images, Math.ceil((height * width * channels) / 4)],
      labels: [images],
      standardised: [channels, 256],
      offsets: [height, width * channels],
      indices: [batch],
      step: [1],
    },
    attrs: { height, width, ...place, key: [0xa4093822, 0x299f31d0] as const },
    below: images,
  })),
  tolerance: { value: 0, grad: 0 },
});
