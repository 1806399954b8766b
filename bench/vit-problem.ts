import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../src/math/philox-rng';
import { capacityTokens, routedBlocks } from '../src/methods/routing/capacity';
import { createRouting } from '../src/methods/routing/routing';
import type { FirstLayerOptions } from '../src/nn/first-layer';
import { createVit, type VitShape } from '../src/nn/vit';
import { vitFlops } from '../src/nn/vit-flops';
import { randomBatch } from './batch';
import { adam } from './jax/optimizers';
import { jaxTask } from './jax/jax-task';
import { jaxVit } from './jax/vit';
import { labTask } from './lab-task';
import { tfjsTask } from './tfjs/tfjs-task';
import { tfjsVit } from './tfjs/vit';
import { flopsOfStep, type Problem, type Sizes } from './workload';

const LEARNING_RATE = 1e-3;
const [HEADS, MLP_RATIO, PATCH_VALUES, CLASSES] = [4, 4, 16, 10];

/** The step that the design was measured with: tokens count the class token. */
export const vitSizes = { batch: 64, tokens: 49, width: 64, depth: 4 };

/**
 * A vision transformer on patches of 16 values in 10 classes, trained with Adam; 4 heads, MLPs of 4 times the width.
 * @param capacity A-MoD's share of tokens in every second block; null for a dense transformer
 * @param options.firstLayer how the patch embedding trains; with a rule of its own it runs on our engine only
 */
export function vitProblem(
  { batch = 0, tokens = 0, width = 0, depth = 0 }: Sizes,
  capacity: number | null,
  { firstLayer }: FirstLayerOptions = {},
): Problem {
  const shape: VitShape = {
    patches: tokens - 1,
    patchValues: PATCH_VALUES,
    width,
    heads: HEADS,
    mlpRatio: MLP_RATIO,
    depth,
    classes: CLASSES,
  };
  const images = randomBatch([batch, shape.patches, PATCH_VALUES], CLASSES);
  const routed = capacity === null ? null : capacityTokens(capacity, tokens);
  const isRouted = routedBlocks(depth, 'alternate');
  const perExample = vitFlops({
    ...shape,
    tokens,
    tokensPerBlock: isRouted.map((routes) => (routes && routed !== null ? routed : tokens)),
  });
  return {
    flopsPerStep: flopsOfStep(perExample, batch),
    lab() {
      const rng = createRng(0);
      const vit = createVit(shape, rng.fork('init'));
      const routing =
        capacity === null
          ? null
          : createRouting(
              {
                router: 'amod',
                capacity,
                routed: isRouted,
                clsPolicy: 'compete',
                classToken: true,
                width,
              },
              vit.parameters,
              rng.fork('routing'),
            );
      const step = tf.tensor1d([1], 'int32'); // A-MoD draws nothing
      const policy = routing?.policy(step, 'training');
      return labTask(
        {
          parameters: vit.parameters,
          logits: (patches) => vit.forward(patches as tf.Tensor3D, policy, { firstLayer }).logits,
          dispose: () => {
            vit.parameters.dispose();
            step.dispose();
          },
        },
        images,
        { kind: 'adam', weightDecay: 0, momentum: 0 },
        LEARNING_RATE,
      );
    },
    ...(!firstLayer && {
      tfjs: (initial) =>
        tfjsTask(tfjsVit(shape, routed), images, initial, tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-8)),
      jax: (initial) => jaxTask(jaxVit(shape, routed), images, initial, adam(LEARNING_RATE)),
    }),
  };
}
