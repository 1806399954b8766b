import * as tf from '@tensorflow/tfjs-core';
import type { StepDefinition } from '../../src/engine/captured-step';
import type { InputSpec, InputValues } from '../../src/engine/step-inputs';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { routedBlocks } from '../../src/methods/routing/capacity';
import { createRouting } from '../../src/methods/routing/routing';
import { createVit, type VitShape } from '../../src/nn/vit';
import { integers, normals } from './random-tensor';

const tiny: VitShape = {
  patches: 16,
  patchValues: 4,
  width: 16,
  heads: 2,
  mlpRatio: 2,
  depth: 2,
  classes: 4,
};

export type VitInputs = Record<'patches' | 'labels' | 'settings', InputSpec> & {
  patches: { dtype: 'float32'; shape: readonly [number, number, number] };
  labels: { dtype: 'int32'; shape: readonly [number] };
  settings: { dtype: 'float32'; shape: readonly [number] };
};

export interface SmallVit {
  definition: StepDefinition<VitInputs, 'loss'>;
  /** Inputs of step `step`, counted from 1: other images, labels and learning rate each time. */
  inputsAt(step: number): InputValues<VitInputs>;
  /** Logits of fixed images. */
  evaluate(): tf.Tensor2D;
  parameters: tf.Variable[];
  dispose(): void;
}

/** A vision transformer classifier with a training step as `capture` takes it; the same numbers for every call. */
export function smallVit({
  capacity,
  batch = 8,
  shape = tiny,
  optimizer: settings = { kind: 'adamw', weightDecay: 0.05, momentum: 0.9 },
}: {
  /** Of every second block, routed by attention; none is where it is left out. */
  capacity?: number;
  batch?: number;
  shape?: VitShape;
  optimizer?: OptimizerSettings;
} = {}): SmallVit {
  const { patches, patchValues, classes } = shape;
  const model = createVit(shape, createRng(0).fork('init'));
  const routing =
    capacity !== undefined &&
    createRouting(
      {
        router: 'amod',
        capacity,
        routed: routedBlocks(shape.depth, 'alternate'),
        clsPolicy: 'compete',
        classToken: true,
        width: shape.width,
      },
      model.parameters,
      createRng(0).fork('routing'),
    );
  const step = tf.tensor1d([1], 'int32');
  const policy = routing ? routing.policy(step, 'training') : undefined;
  const optimizer = createOptimizer(model.parameters, settings);
  const imagesOf = (seed: number) => normals(batch * patches * patchValues, seed);
  return {
    definition: {
      inputs: {
        patches: { dtype: 'float32', shape: [batch, patches, patchValues] },
        labels: { dtype: 'int32', shape: [batch] },
        settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      },
      outputs: ['loss'],
      step(inputs) {
        const { value, grads } = tf.variableGrads(
          () =>
            tf.mean<tf.Scalar>(
              softmaxCrossEntropy(model.forward(inputs.patches, policy).logits, inputs.labels),
            ),
          model.parameters.list(),
        );
        optimizer.applyWith(model.parameters.byName(grads), inputs.settings);
        return { loss: value };
      },
    },
    inputsAt: (step) => ({
      patches: imagesOf(step),
      labels: integers(batch, classes, step),
      settings: optimizer.settingsAt(step, 3e-3 / Math.sqrt(step)),
    }),
    evaluate: () =>
      tf.tidy(() => model.forward(tf.tensor3d(imagesOf(999), [batch, patches, patchValues]), policy).logits),
    parameters: model.parameters.list(),
    dispose() {
      step.dispose();
      optimizer.dispose();
      model.parameters.dispose();
    },
  };
}
