import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../src/math/philox-rng';
import type { FirstLayerOptions } from '../src/nn/first-layer';
import { createResNet } from '../src/nn/resnet';
import { randomBatch } from './batch';
import { jaxTask } from './jax/jax-task';
import { sgd } from './jax/optimizers';
import { jaxResNet, withChannelsFirst } from './jax/resnet';
import { labTask } from './lab-task';
import { planUnits, unitFlops } from './resnet-units';
import { tfjsResNet } from './tfjs/resnet';
import { tfjsTask } from './tfjs/tfjs-task';
import { flopsOfStep, type Problem, type Sizes } from './workload';

const [CHANNELS, CLASSES] = [3, 10];
const [LEARNING_RATE, MOMENTUM] = [0.05, 0.9];

/** Sizes of the network that engines are compared with. */
export const cnnSizes = { batch: 64, extent: 32, width: 16 };

/**
 * A residual network with batch norm of one block in each of three stages, on images of three channels in 10 classes, trained
 * by SGD with momentum.
 * @param options.firstLayer how the first convolution trains; with a rule of its own it runs on our engine only
 */
export function cnnProblem(
  { batch = 0, extent = 0, width = 0 }: Sizes,
  { firstLayer }: FirstLayerOptions = {},
): Problem {
  const widths = [width, 2 * width, 4 * width];
  const plan = planUnits(CHANNELS, widths);
  const images = randomBatch([batch, extent, extent, CHANNELS], CLASSES);
  return {
    flopsPerStep: flopsOfStep(unitFlops(plan, extent) + 4 * width * CLASSES, batch),
    lab() {
      const shape = { channels: CHANNELS, classes: CLASSES, widths };
      const resNet = createResNet(shape, createRng(0).fork('init'));
      return labTask(
        {
          parameters: resNet.parameters,
          logits: (x) => resNet.forward(x as tf.Tensor4D, true, { firstLayer }).logits,
          dispose: () => {
            resNet.dispose();
          },
        },
        images,
        { kind: 'sgd', weightDecay: 0, momentum: MOMENTUM },
        LEARNING_RATE,
      );
    },
    ...(!firstLayer && {
      tfjs: (initial) =>
        tfjsTask(tfjsResNet(plan), images, initial, tf.train.momentum(LEARNING_RATE, MOMENTUM)),
      jax: (initial) =>
        jaxTask(jaxResNet(plan), images, withChannelsFirst(initial), sgd(LEARNING_RATE, MOMENTUM)),
    }),
  };
}
