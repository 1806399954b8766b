import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../math/rng';
import { createBatchNorm, EPSILON, type BatchNorm } from './batch-norm';
import { createConvolution, heNormal } from './conv';
import { createLinear } from './linear';
import { glorotUniform, Parameters, zeros } from './parameters';
import { createResidualBlock, type CreateUnit } from './residual-block';

export interface LayeredShape {
  body: 'mlp' | 'cnn' | 'resnet';
  /** Height, width and channels of an image. */
  image: readonly [height: number, width: number, channels: number];
  /** Features of each hidden layer of `mlp`, channels of each stage of `cnn` and `resnet`. */
  widths: readonly number[];
  classes: number;
  /** Batch norm before each ReLU; without it each layer has a bias, convolutions have none. */
  batchNorm: boolean;
  /** Linear layers from the features to the logits: 1 for a classifier as usual, more for a deep linear head. */
  headLayers: number;
  /** Whether the last of them has a bias; the others never have. */
  headBias: boolean;
}

/**
 * `training` normalises with the statistics of the batch, which join the running ones; `evaluation` with the running ones.
 * `differentiable` gives what `evaluation` gives, slower, and with gradients in the images.
 */
export type Mode = 'training' | 'evaluation' | 'differentiable';

/** What a layered classifier makes of images. */
export interface LayeredOutput {
  /** `[batch, classes]` */
  logits: tf.Tensor2D;
  /** Features of each layer, `[batch, width]`, in the order of `layerNames`. The last are those that `head` sees. */
  layers: readonly tf.Tensor2D[];
  /** Features before the first linear layer of the head `[batch, width]`. */
  features: tf.Tensor2D;
}

export interface LayeredClassifier {
  /** The head's are `head.1.weight`, `head.2.weight` … of a deep one, then `head.weight` `[width, classes]` and `head.bias`. */
  parameters: Parameters;
  /** `layer1` … of an MLP, `stage1` … of the others, then `head.1` … of a deep linear head. */
  layerNames: readonly string[];
  /** The last linear layer: `weight` `[width, classes]`, and `bias` `[classes]` where it has one. */
  head: { weight: tf.Variable; bias: tf.Variable | null };
  /** Running statistics of its batch norms, which training changes besides the parameters. */
  running: readonly tf.Variable[];
  /** Multiply-accumulates of one image. */
  flopsPerImage: number;
  /** @param images `[batch, height, width, channels]` */
  forward(images: tf.Tensor4D, mode: Mode): LayeredOutput;
  /** Frees parameters and running statistics. */
  dispose(): void;
}

/** Whether a parameter belongs to the linear layers after the features. */
export const isOfHead = (name: string): boolean => name.startsWith('head.');

/** A part of the network: what the next one sees, and what its features are taken from. */
type Layer = (x: tf.Tensor, mode: Mode) => tf.Tensor;

/**
 * A classifier that shows the features of every layer.
 *
 * - `mlp`: h ← ReLU(BN(h W + b)).
 * - `cnn`: stages of a 3×3 convolution, BN, ReLU and, but for the last, 2×2 max pooling.
 * - `resnet`: a 3×3 convolution, BN and ReLU, then stages of one basic residual block; every stage but the first halves height and width.
 *
 * The features of a convolutional layer are means over all positions; those of the last go into the head, one linear layer
 * or several without anything between them (Dang et al., 2301.00437).
 */
export function createLayeredClassifier(shape: LayeredShape, rng: Rng): LayeredClassifier {
  const parameters = new Parameters(rng);
  const norms: BatchNorm[] = [];
  const create = { parameters, norms, shape };
  const body = shape.body === 'mlp' ? createPerceptron(create) : createConvolutions(create);
  const width = shape.widths.at(-1) ?? 0;
  const inner = Array.from({ length: shape.headLayers - 1 }, (_, i) =>
    parameters.create(`head.${i + 1}.weight`, [width, width], glorotUniform),
  );
  const weight = parameters.create('head.weight', [width, shape.classes], glorotUniform);
  const bias = shape.headBias ? parameters.create('head.bias', [shape.classes], zeros) : null;
  const product = (h: tf.Tensor2D, by: tf.Variable) => tf.matMul<tf.Tensor2D>(h, by);

  return {
    parameters,
    layerNames: [...body.names, ...inner.map((_, i) => `head.${i + 1}`)],
    head: { weight, bias },
    running: norms.map(({ running }) => running),
    flopsPerImage: body.flops + inner.length * width ** 2 + width * shape.classes,
    forward(images, mode) {
      let x: tf.Tensor = images;
      const layers = body.layers.map((layer) => {
        x = layer(x, mode);
        return x.rank === 4 ? tf.mean<tf.Tensor2D>(x, [1, 2]) : (x as tf.Tensor2D);
      });
      const features = layers.at(-1);
      if (!features) throw new RangeError('A classifier has one layer or more');
      const last = inner.reduce((h, by) => {
        const next = product(h, by);
        layers.push(next);
        return next;
      }, features);
      const logits = product(last, weight);
      return { logits: bias ? tf.add<tf.Tensor2D>(logits, bias) : logits, layers, features };
    },
    dispose() {
      parameters.dispose();
      for (const norm of norms) norm.dispose();
    },
  };
}

/** A batch norm that the images' gradients pass through in evaluation as well. */
function createNorm({ parameters, norms }: Creation, name: string, channels: number) {
  const norm = createBatchNorm(parameters, name, channels);
  norms.push(norm);
  const variables = new Map(parameters.entries());
  const [gamma, beta] = [variables.get(`${name}.gamma`), variables.get(`${name}.beta`)];
  return <T extends tf.Tensor>(x: T, mode: Mode, relu: boolean): T => {
    if (mode !== 'differentiable' || !gamma || !beta) return norm(x, mode === 'training', { relu });
    const [mean, variance] = tf.unstack(norm.running);
    const scaled = tf.mul(tf.sub(x, mean ?? 0), tf.mul(gamma, tf.rsqrt(tf.add(variance ?? 1, EPSILON))));
    const y = tf.add<T>(scaled, beta);
    return relu ? tf.relu(y) : y;
  };
}

interface Creation {
  parameters: Parameters;
  norms: BatchNorm[];
  shape: LayeredShape;
}

interface Body {
  names: string[];
  layers: Layer[];
  flops: number;
}

function createPerceptron(creation: Creation): Body {
  const { parameters, shape } = creation;
  const { image, widths, batchNorm } = shape;
  const inputs = image.reduce((product, extent) => product * extent, 1);
  let flops = 0;
  const layers = widths.map((width, i): Layer => {
    const before = widths[i - 1] ?? inputs;
    const linear = createLinear(parameters, `layer${i + 1}`, before, width, heNormal);
    flops += before * width;
    const flat = (x: tf.Tensor) => tf.reshape<tf.Rank.R2>(x, [-1, before]);
    if (!batchNorm) return (x) => linear(flat(x), { activation: 'relu' });
    const norm = createNorm(creation, `layer${i + 1}.norm`, width);
    return (x, mode) => norm(linear(flat(x)), mode, true);
  });
  return { names: widths.map((_, i) => `layer${i + 1}`), layers, flops };
}

function createConvolutions(creation: Creation): Body {
  const { parameters, shape } = creation;
  const { body, widths, batchNorm } = shape;
  let [rows, columns, channels] = shape.image;
  let flops = 0;
  /** Convolution and batch norm under one name; rows and columns are those that come out. */
  const createUnit: CreateUnit<Mode> = (name, { size, inputs, outputs, stride }) => {
    const convolve = createConvolution(parameters, `${name}.conv`, { size, inputs, outputs, stride });
    flops += rows * columns * size ** 2 * inputs * outputs;
    if (!batchNorm) return (x, _, relu) => (relu ? tf.relu(convolve(x)) : convolve(x));
    const norm = createNorm(creation, `${name}.norm`, outputs);
    return (x, mode, relu) => norm(convolve(x), mode, relu);
  };
  const halve = () => {
    [rows, columns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
  };

  const stem =
    body === 'resnet'
      ? createUnit('stem', { size: 3, inputs: channels, outputs: widths[0] ?? 0, stride: 1 })
      : null;
  if (stem) channels = widths[0] ?? 0;
  const layers = widths.map((width, i): Layer => {
    const name = `stage${i + 1}`;
    const inputs = channels;
    channels = width;
    if (stem) {
      const stride = i === 0 ? 1 : 2;
      if (stride === 2) halve();
      const block = createResidualBlock(createUnit, name, { inputs, outputs: width, stride });
      const begin = i === 0 ? stem : null;
      return (x, mode) => block(begin?.(x as tf.Tensor4D, mode, true) ?? (x as tf.Tensor4D), mode);
    }
    const unit = createUnit(name, { size: 3, inputs, outputs: width, stride: 1 });
    if (i === widths.length - 1) return (x, mode) => unit(x as tf.Tensor4D, mode, true);
    halve();
    return (x, mode) => tf.maxPool(unit(x as tf.Tensor4D, mode, true), 2, 2, 'same');
  });
  return { names: widths.map((_, i) => `stage${i + 1}`), layers, flops };
}
