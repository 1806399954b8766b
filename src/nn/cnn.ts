import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../math/rng';
import { createBatchNorm, type BatchNorm } from './batch-norm';
import { createConvolution } from './conv';
import type { FirstLayerOptions } from './first-layer';
import { createLinear } from './linear';
import { Parameters } from './parameters';
import type { Classified } from './resnet';

export interface CnnShape {
  /** Height, width and channels of an image. */
  image: readonly [number, number, number];
  classes: number;
  /** Channels of each stage. */
  widths: readonly number[];
  /** Side of the first convolution's filters, an odd number; the others have 3 × 3. */
  firstSize: number;
  /** Pixels between two positions of the first filters. */
  firstStride: number;
}

export interface Cnn {
  /** The classifier's are `head.weight` `[features, classes]` and `head.bias`. */
  parameters: Parameters;
  /** Batch norms by name. */
  norms: ReadonlyMap<string, BatchNorm>;
  /** Multiply-accumulates of one image, convolutions and head. */
  flopsPerImage: number;
  /**
   * Images `[batch, height, width, channels]`.
   * @param training with the statistics of the batch, which join the running ones
   * @param options.firstLayer how the first convolution trains
   */
  forward(images: tf.Tensor4D, training: boolean, options?: FirstLayerOptions): Classified;
  /** Frees parameters and running statistics. */
  dispose(): void;
}

/**
 * A small convolutional network: stages of a convolution without bias, batch norm, ReLU and 2 × 2 max pooling, the mean over
 * all positions that are left, and a linear layer.
 */
export function createCnn({ image, classes, widths, firstSize, firstStride }: CnnShape, rng: Rng): Cnn {
  const parameters = new Parameters(rng);
  const norms = new Map<string, BatchNorm>();
  let [rows, columns, inputs] = image;
  let flops = 0;
  const stages = widths.map((outputs, i) => {
    const name = `stage${i + 1}`;
    const [size, stride] = i === 0 ? [firstSize, firstStride] : [3, 1];
    const convolve = createConvolution(parameters, `${name}.conv`, { size, inputs, outputs, stride });
    const norm = createBatchNorm(parameters, `${name}.norm`, outputs);
    norms.set(`${name}.norm`, norm);
    [rows, columns] = [Math.ceil(rows / stride), Math.ceil(columns / stride)];
    flops += rows * columns * size ** 2 * inputs * outputs;
    [rows, columns, inputs] = [Math.ceil(rows / 2), Math.ceil(columns / 2), outputs];
    return (x: tf.Tensor4D, training: boolean, options?: FirstLayerOptions) =>
      tf.maxPool(norm(convolve(x, options), training, { relu: true }), 2, 2, 'same');
  });
  const head = createLinear(parameters, 'head', inputs, classes);

  return {
    parameters,
    norms,
    flopsPerImage: flops + inputs * classes,
    forward(images, training, options) {
      const z = stages.reduce((z, stage, i) => stage(z, training, i === 0 ? options : {}), images);
      const features = tf.mean<tf.Tensor2D>(z, [1, 2]);
      return { logits: head(features), features };
    },
    dispose() {
      parameters.dispose();
      for (const norm of norms.values()) norm.dispose();
    },
  };
}
