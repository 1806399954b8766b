import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../math/rng';
import { createBatchNorm, type BatchNorm } from './batch-norm';
import { heNormal } from './conv';
import type { FirstLayerOptions } from './first-layer';
import { createFirstLinear, createLinear } from './linear';
import { Parameters } from './parameters';
import type { Classified } from './resnet';

export interface MlpShape {
  /** Numbers in an example. */
  inputs: number;
  /** Features of each hidden layer; the last ones are those the classifier sees. */
  hidden: readonly number[];
  classes: number;
  /** Batch norm before each ReLU. */
  batchNorm?: boolean;
}

export interface Mlp {
  /** The classifier's are `head.weight` `[features, classes]` and `head.bias`. */
  parameters: Parameters;
  /** Batch norms by name; none without `batchNorm`. */
  norms: ReadonlyMap<string, BatchNorm>;
  /**
   * Examples `[batch, inputs]`.
   * @param training with the statistics of the batch, which join the running ones
   * @param options.firstLayer how the first hidden layer trains
   */
  forward(x: tf.Tensor2D, training: boolean, options?: FirstLayerOptions): Classified;
  /** Frees parameters and running statistics. */
  dispose(): void;
}

/** Multi-layer perceptron: hidden layers h ← ReLU(h W + b), or ReLU(BN(h W + b)), and a linear classifier. */
export function createMlp({ inputs, hidden, classes, batchNorm = false }: MlpShape, rng: Rng): Mlp {
  const parameters = new Parameters(rng);
  const norms = new Map<string, BatchNorm>();
  const layers = hidden.map((width, i) => {
    const name = `layer${i + 1}`;
    const linear = createFirstLinear(parameters, name, hidden[i - 1] ?? inputs, width, heNormal);
    if (!batchNorm)
      return (x: tf.Tensor2D, _training: boolean, rule: FirstLayerOptions) =>
        linear(x, { ...rule, relu: true });
    const norm = createBatchNorm(parameters, `${name}.norm`, width);
    norms.set(`${name}.norm`, norm);
    return (x: tf.Tensor2D, training: boolean, rule: FirstLayerOptions) =>
      norm(linear(x, rule), training, { relu: true });
  });
  const head = createLinear(parameters, 'head', hidden.at(-1) ?? inputs, classes);

  return {
    parameters,
    norms,
    forward(x, training, options = {}) {
      const features = layers.reduce((h, layer, i) => layer(h, training, i === 0 ? options : {}), x);
      return { logits: head(features), features };
    },
    dispose() {
      parameters.dispose();
      for (const norm of norms.values()) norm.dispose();
    },
  };
}
