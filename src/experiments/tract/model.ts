import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../../data/data-source';
import type { Rng } from '../../math/rng';
import type { BatchNorm } from '../../nn/batch-norm';
import { createCnn } from '../../nn/cnn';
import type { Augmentation, DeviceBatches } from '../../nn/device-batches';
import type { FirstLayerRule } from '../../nn/first-layer';
import { createMlp } from '../../nn/mlp';
import type { Parameters } from '../../nn/parameters';
import { createResNet } from '../../nn/resnet';
import { resNetFlops } from '../../nn/resnet-flops';
import { createVit } from '../../nn/vit';
import { vitFlops } from '../../nn/vit-flops';
import type { TractSpec } from './knobs';

/** The model of a setting, whichever kind it is. */
export interface TractModel {
  parameters: Parameters;
  /** The first layer's weight `[…, outputs]`, seen as filters of this height, width and channels. */
  first: { weight: string; shape: readonly [height: number, width: number, channels: number] };
  /** Running statistics of its batch norms, which training changes besides the parameters. */
  running: readonly tf.Variable[];
  /** Multiply-accumulates of one image's forward pass. */
  flopsPerImage: number;
  /** Images of these indices as the model takes them, with their labels. */
  read(
    batches: DeviceBatches,
    indices: tf.Tensor1D,
    augmentation?: Augmentation,
  ): { x: tf.Tensor; labels: tf.Tensor1D };
  /**
   * Logits `[batch, classes]` of what `read` gives.
   * @param training whether batch norms take the statistics of the batch
   * @param firstLayer how the first layer trains; like any other where left out
   */
  logits(x: tf.Tensor, training: boolean, firstLayer?: FirstLayerRule): tf.Tensor2D;
  dispose(): void;
}

/** Widths of stages, each twice as wide as the one before. */
const doubling = ({ width, stages }: TractSpec): number[] =>
  Array.from({ length: stages }, (_, stage) => width * 2 ** stage);

/**
 * Builds the model of a setting. Models of one seed that differ in the update start equal.
 * @param rng root of the seed's randomness
 */
export function createTractModel(
  spec: TractSpec,
  { shape, classes: { length: classes } }: Pick<Dataset, 'shape' | 'classes'>,
  rng: Rng,
): TractModel {
  const init = rng.fork('init');
  return { vit: createVitModel, resnet: createResNetModel, cnn: createCnnModel, mlp: createMlpModel }[
    spec.model
  ](spec, shape, classes, init);
}

type ImageShape = Dataset['shape'];

const runningOf = (norms: ReadonlyMap<string, BatchNorm>) =>
  [...norms.values()].map(({ running }) => running);

const readImages: TractModel['read'] = (batches, indices, augmentation) => {
  const { images: x, labels } = batches.images(indices, augmentation);
  return { x, labels };
};

function createVitModel(
  { patch, width, depth, heads, mlpRatio, patchNorm }: TractSpec,
  [height, across, channels]: ImageShape,
  classes: number,
  rng: Rng,
): TractModel {
  const patches = (height / patch) * (across / patch);
  const patchValues = patch * patch * channels;
  const shape = { patches, patchValues, width, heads, mlpRatio, depth, classes, patchNorm };
  const vit = createVit(shape, rng);
  const { parameters, tokens } = vit;
  return {
    parameters,
    first: { weight: 'embed.weight', shape: [patch, patch, channels] },
    running: [],
    flopsPerImage: vitFlops({ ...shape, tokens, tokensPerBlock: new Array<number>(depth).fill(tokens) }),
    read(batches, indices, augmentation) {
      const { patches: x, labels } = batches.patches(indices, augmentation);
      return { x, labels };
    },
    logits: (x, _training, firstLayer) => vit.forward(x as tf.Tensor3D, undefined, { firstLayer }).logits,
    dispose() {
      parameters.dispose();
    },
  };
}

function createResNetModel(
  spec: TractSpec,
  [height, across, channels]: ImageShape,
  classes: number,
  rng: Rng,
): TractModel {
  const shape = { channels, classes, widths: doubling(spec), blocksPerStage: spec.depth };
  const net = createResNet(shape, rng);
  return {
    parameters: net.parameters,
    first: { weight: 'stem.conv.weight', shape: [3, 3, channels] },
    running: runningOf(net.norms),
    flopsPerImage: resNetFlops(shape, [height, across]),
    read: readImages,
    logits: (x, training, firstLayer) => net.forward(x as tf.Tensor4D, training, { firstLayer }).logits,
    dispose() {
      net.dispose();
    },
  };
}

function createCnnModel(spec: TractSpec, image: ImageShape, classes: number, rng: Rng): TractModel {
  const { filter, stride } = spec;
  const net = createCnn(
    { image, classes, widths: doubling(spec), firstSize: filter, firstStride: stride },
    rng,
  );
  return {
    parameters: net.parameters,
    first: { weight: 'stage1.conv.weight', shape: [filter, filter, image[2]] },
    running: runningOf(net.norms),
    flopsPerImage: net.flopsPerImage,
    read: readImages,
    logits: (x, training, firstLayer) => net.forward(x as tf.Tensor4D, training, { firstLayer }).logits,
    dispose() {
      net.dispose();
    },
  };
}

function createMlpModel(
  { width, depth }: TractSpec,
  image: ImageShape,
  classes: number,
  rng: Rng,
): TractModel {
  const inputs = image[0] * image[1] * image[2];
  const hidden = new Array<number>(depth).fill(width);
  const mlp = createMlp({ inputs, hidden, classes }, rng);
  return {
    parameters: mlp.parameters,
    first: { weight: 'layer1.weight', shape: image },
    running: [],
    flopsPerImage: inputs * width + (depth - 1) * width ** 2 + width * classes,
    read(batches, indices, augmentation) {
      const { images, labels } = batches.images(indices, augmentation);
      return { x: tf.reshape(images, [-1, inputs]), labels };
    },
    logits: (x, training, firstLayer) => mlp.forward(x as tf.Tensor2D, training, { firstLayer }).logits,
    dispose() {
      mlp.dispose();
    },
  };
}
