import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../src/math/philox-rng';
import { createResNet } from '../../src/nn/resnet';
import { randomBatch } from '../batch';
import { jaxTask } from '../jax/jax-task';
import { sgd } from '../jax/optimizers';
import { jaxResNet, withChannelsFirst } from '../jax/resnet';
import { labTask } from '../lab-task';
import { planUnits, unitFlops } from '../resnet-units';
import { tfjsResNet } from '../tfjs/resnet';
import { tfjsTask } from '../tfjs/tfjs-task';
import { flopsOfStep, type Workload } from '../workload';

const [CHANNELS, CLASSES] = [3, 10];
const [LEARNING_RATE, MOMENTUM] = [0.05, 0.9];

export default {
  description:
    'Residual network with batch norm: 8 layers, 16 to 64 channels, 32×32×3, batch 64, SGD with momentum',
  sizes: { batch: 64, extent: 32, width: 16 },
  scaling: { batch: [16, 64, 128], width: [8, 16, 32] },
  problem({ batch = 0, extent = 0, width = 0 }) {
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
            logits: (x) => resNet.forward(x as tf.Tensor4D, true).logits,
            dispose: () => {
              resNet.dispose();
            },
          },
          images,
          { kind: 'sgd', weightDecay: 0, momentum: MOMENTUM },
          LEARNING_RATE,
        );
      },
      tfjs: (initial) =>
        tfjsTask(tfjsResNet(plan), images, initial, tf.train.momentum(LEARNING_RATE, MOMENTUM)),
      jax: (initial) =>
        jaxTask(jaxResNet(plan), images, withChannelsFirst(initial), sgd(LEARNING_RATE, MOMENTUM)),
    };
  },
} satisfies Workload;
