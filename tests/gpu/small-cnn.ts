import * as tf from '@tensorflow/tfjs-core';
import type { StepDefinition } from '../../src/engine/captured-step';
import type { InputValues } from '../../src/engine/step-inputs';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import type { BatchNorm } from '../../src/nn/batch-norm';
import { createMlp } from '../../src/nn/mlp';
import { createOptimizer } from '../../src/nn/optimizer';
import type { Parameters } from '../../src/nn/parameters';
import { createResNet, type Classified } from '../../src/nn/resnet';
import { integers, normals } from './random-tensor';

/** The part of a classifier that the training step needs. */
interface Classifier {
  parameters: Parameters;
  norms: ReadonlyMap<string, BatchNorm>;
  forward(x: tf.Tensor4D, training: boolean): Classified;
  dispose(): void;
}

const side = 8;
const batch = 4;
const classes = 3;

/** A residual network with 3 colour channels, or a perceptron on the same images, both tiny and with batch norm. */
export const models = {
  ResNet: (seed: number): Classifier =>
    createResNet({ channels: 3, classes, widths: [4, 8], blocksPerStage: 1 }, createRng(seed).fork('init')),
  MLP(seed: number): Classifier {
    const inputs = side * side * 3;
    const mlp = createMlp(
      { inputs, hidden: [12, 7], classes, batchNorm: true },
      createRng(seed).fork('init'),
    );
    return { ...mlp, forward: (x, training) => mlp.forward(tf.reshape(x, [-1, inputs]), training) };
  },
};

export type CnnInputs = {
  images: { dtype: 'float32'; shape: readonly [number, number, number, number] };
  labels: { dtype: 'int32'; shape: readonly [number] };
  settings: { dtype: 'float32'; shape: readonly [number] };
};

export interface SmallCnn {
  definition: StepDefinition<CnnInputs, 'loss'>;
  /** Inputs of step `step`, counted from 1: other images, labels and learning rate each time. */
  inputsAt(step: number): InputValues<CnnInputs>;
  /** Logits of fixed images, with the running statistics. */
  evaluate(): tf.Tensor2D;
  /** Parameters and running statistics. */
  state: tf.Variable[];
  dispose(): void;
}

/** A small classifier with a training step as `capture` takes it; the same numbers for every call. */
export function smallCnn(model: Classifier): SmallCnn {
  const optimizer = createOptimizer(model.parameters, { kind: 'sgd', weightDecay: 5e-4, momentum: 0.9 });
  const imagesOf = (seed: number) => normals(batch * side * side * 3, seed);
  return {
    definition: {
      inputs: {
        images: { dtype: 'float32', shape: [batch, side, side, 3] },
        labels: { dtype: 'int32', shape: [batch] },
        settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      },
      outputs: ['loss'],
      step({ images, labels, settings }) {
        const { value, grads } = tf.variableGrads(
          () => tf.mean<tf.Scalar>(softmaxCrossEntropy(model.forward(images, true).logits, labels)),
          model.parameters.list(),
        );
        optimizer.applyWith(model.parameters.byName(grads), settings);
        return { loss: value };
      },
    },
    inputsAt: (step) => ({
      images: imagesOf(step),
      labels: integers(batch, classes, step),
      settings: optimizer.settingsAt(step, 0.05 / Math.sqrt(step)),
    }),
    evaluate: () =>
      tf.tidy(() => model.forward(tf.tensor4d(imagesOf(999), [batch, side, side, 3]), false).logits),
    state: [...model.parameters.list(), ...[...model.norms.values()].map(({ running }) => running)],
    dispose() {
      optimizer.dispose();
      model.dispose();
    },
  };
}
