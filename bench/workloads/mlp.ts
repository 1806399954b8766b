import { nn } from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../src/math/philox-rng';
import { createMlp } from '../../src/nn/mlp';
import { randomBatch } from '../batch';
import { jaxTask, own } from '../jax/jax-task';
import * as jax from '../jax/layers';
import { sgd } from '../jax/optimizers';
import { labTask } from '../lab-task';
import * as plain from '../tfjs/layers';
import { tfjsTask } from '../tfjs/tfjs-task';
import { flopsOfStep, type Workload } from '../workload';

const [INPUTS, CLASSES] = [784, 10];
const [LEARNING_RATE, MOMENTUM] = [0.01, 0.9];
const HIDDEN = ['layer1', 'layer2'];

export default {
  description: 'Multilayer perceptron: 784-256-256-10 with ReLU, batch 128, SGD with momentum',
  sizes: { batch: 128, width: 256 },
  scaling: { batch: [32, 128, 512], width: [64, 256, 1024] },
  problem({ batch = 0, width = 0 }) {
    const images = randomBatch([batch, INPUTS], CLASSES);
    return {
      flopsPerStep: flopsOfStep(INPUTS * width + width * width + width * CLASSES, batch),
      lab() {
        const hidden = HIDDEN.map(() => width);
        const mlp = createMlp({ inputs: INPUTS, hidden, classes: CLASSES }, createRng(0).fork('init'));
        return labTask(
          {
            parameters: mlp.parameters,
            logits: (x) => mlp.forward(x as tf.Tensor2D, true).logits,
            dispose: () => {
              mlp.dispose();
            },
          },
          images,
          { kind: 'sgd', weightDecay: 0, momentum: MOMENTUM },
          LEARNING_RATE,
        );
      },
      tfjs: (initial) =>
        tfjsTask(
          (x, parameter) => {
            const layer = (z: tf.Tensor, name: string) =>
              plain.linear(z, parameter(`${name}.weight`), parameter(`${name}.bias`));
            const features = HIDDEN.reduce((z, name) => tf.relu(layer(z, name)), x);
            return layer(features, 'head') as tf.Tensor2D;
          },
          images,
          initial,
          tf.train.momentum(LEARNING_RATE, MOMENTUM),
        ),
      jax: (initial) =>
        jaxTask(
          (parameters, x) => {
            const layer = (z: typeof x, name: string) =>
              jax.linear(z, own(parameters, `${name}.weight`), own(parameters, `${name}.bias`));
            const features = HIDDEN.reduce((z, name) => nn.relu(layer(z, name)), x);
            return layer(features, 'head');
          },
          images,
          initial,
          sgd(LEARNING_RATE, MOMENTUM),
        ),
    };
  },
} satisfies Workload;
