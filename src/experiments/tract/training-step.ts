import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../engine/capture';
import { createDeviceRng } from '../../kernels/random/device-rng';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import type { Rng } from '../../math/rng';
import { tract } from '../../methods/tract/tract';
import type { DeviceBatches } from '../../nn/device-batches';
import { createJointOptimizer, type StepOptimizer } from '../../nn/joint-optimizer';
import { createOptimizer } from '../../nn/optimizer';
import { parametersWhere } from '../../nn/parameter-groups';
import type { TractSpec } from './knobs';
import type { TractModel } from './model';

/** The optimizer of a setting: one for all layers, or plain SGD for the first layer's weight. */
export function createTractOptimizer(spec: TractSpec, { parameters, first }: TractModel): StepOptimizer {
  const settings = { ...spec, kind: spec.optimizer };
  if (spec.firstOptimizer === 'same') return createOptimizer(parameters, settings);
  const isFirst = (name: string) => name === first.weight;
  return createJointOptimizer([
    {
      parameters: parametersWhere(parameters, isFirst),
      settings: { kind: 'sgd', momentum: 0, weightDecay: spec.weightDecay },
      rateFactor: spec.firstRate / spec.learningRate,
    },
    { parameters: parametersWhere(parameters, (name) => !isFirst(name)), settings, rateFactor: 1 },
  ]);
}

/**
 * One step of a classifier's training, captured: the batch's mean cross-entropy, its gradient with the first layer's own
 * rule, an update.
 * @param rng root of the seed's randomness
 */
export function captureTrainingStep(
  spec: TractSpec,
  model: TractModel,
  train: DeviceBatches,
  optimizer: StepOptimizer,
  rng: Rng,
) {
  const { batch, crop: padding, flip, smoothing } = spec;
  const rule = spec.update === 'tract' ? tract(spec.lambda) : undefined;
  const augments = padding > 0 || flip;
  return capture({
    inputs: {
      indices: { dtype: 'int32', shape: [batch] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      step: { dtype: 'int32', shape: [1] },
    },
    outputs: ['loss', 'gradientNorm', 'nonFinite'],
    step({ indices, settings, step }) {
      const augmentation = { padding, flip, noise: 0, rng: createDeviceRng(rng.fork('augmentation'), step) };
      const { x, labels } = model.read(train, indices, augments ? augmentation : undefined);
      const { value, grads } = tf.variableGrads(
        () => softmaxCrossEntropy(model.logits(x, true, rule), labels, { reduction: 'mean', smoothing }),
        model.parameters.list(),
      );
      return { loss: value, ...optimizer.applyWith(model.parameters.byName(grads), settings) };
    },
  });
}
