import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../math/rng';
import { createBatchNorm, type BatchNorm } from './batch-norm';
import { createConvolution, type ConvolutionShape } from './conv';
import type { FirstLayerOptions } from './first-layer';
import { createLinear } from './linear';
import { Parameters } from './parameters';
import { createResidualBlock } from './residual-block';

export interface ResNetShape {
  /** Channels of an image. */
  channels: number;
  classes: number;
  /** Channels of each stage; every stage but the first halves height and width. */
  widths?: readonly number[];
  blocksPerStage?: number;
}

/** What a classifier gives. */
export interface Classified {
  /** `[batch, classes]` */
  logits: tf.Tensor2D;
  /** Input of the last, linear layer, `[batch, features]`. */
  features: tf.Tensor2D;
}

export interface ResNet {
  /** The classifier's are `head.weight` `[features, classes]` and `head.bias`. */
  parameters: Parameters;
  /** Batch norms by name: their running statistics are state that is not trained by gradients. */
  norms: ReadonlyMap<string, BatchNorm>;
  /**
   * Images `[batch, height, width, channels]` of any size.
   * @param training with the statistics of the batch, which join the running ones
   * @param options.firstLayer how the first convolution trains
   */
  forward(images: tf.Tensor4D, training: boolean, options?: FirstLayerOptions): Classified;
  /** Frees parameters and running statistics. */
  dispose(): void;
}

/**
 * Residual network for small images, laid out as He et al., "Deep residual learning" (CVPR 2016), section 4.2: a 3×3
 * convolution, stages of basic blocks (`createResidualBlock`), the mean over all positions and a linear layer; every
 * convolution has batch norm. With the default widths and n blocks in a stage it has 6n + 2 layers. Four stages of two blocks
 * with 64, 128, 256 and 512 channels are what is called ResNet-18 on images of 32 × 32.
 */
export function createResNet(
  { channels, classes, widths = [16, 32, 64], blocksPerStage = 1 }: ResNetShape,
  rng: Rng,
): ResNet {
  const parameters = new Parameters(rng);
  const norms = new Map<string, BatchNorm>();

  /** Convolution and batch norm under one name. */
  const createUnit = (name: string, shape: ConvolutionShape) => {
    const convolve = createConvolution(parameters, `${name}.conv`, shape);
    const norm = createBatchNorm(parameters, `${name}.norm`, shape.outputs);
    norms.set(`${name}.norm`, norm);
    return (x: tf.Tensor4D, training: boolean, relu: boolean, options?: FirstLayerOptions) =>
      norm(convolve(x, options), training, { relu });
  };

  const stem = createUnit('stem', { size: 3, inputs: channels, outputs: widths[0] ?? 0 });
  const blocks = widths.flatMap((outputs, stage) =>
    Array.from({ length: blocksPerStage }, (_, i) => {
      const isFirst = i === 0;
      const inputs = isFirst ? (widths[Math.max(0, stage - 1)] ?? 0) : outputs;
      const stride = isFirst && stage > 0 ? 2 : 1;
      const name = `stage${stage + 1}.block${i + 1}`;
      return createResidualBlock<boolean>(createUnit, name, { inputs, outputs, stride });
    }),
  );
  const head = createLinear(parameters, 'head', widths.at(-1) ?? 0, classes);

  return {
    parameters,
    norms,
    forward(images, training, options) {
      const z = blocks.reduce((z, block) => block(z, training), stem(images, training, true, options));
      const features = tf.mean<tf.Tensor2D>(z, [1, 2]);
      return { logits: head(features), features };
    },
    dispose() {
      parameters.dispose();
      for (const norm of norms.values()) norm.dispose();
    },
  };
}
