import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../engine/capture';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import type { DeviceBatches } from '../../nn/device-batches';
import type { Optimizer } from '../../nn/optimizer';
import type { RoutedVit } from './model';

/** One step of a classifier's training, captured: the batch's mean cross-entropy, its gradient, an update. */
export function captureTrainingStep(
  model: RoutedVit,
  train: DeviceBatches,
  optimizer: Optimizer,
  batch: number,
) {
  return capture({
    inputs: {
      indices: { dtype: 'int32', shape: [batch] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
      step: { dtype: 'int32', shape: [1] },
    },
    outputs: ['loss', 'gradientNorm', 'nonFinite'],
    step({ indices, settings, step }) {
      const { patches, labels } = train.patches(indices);
      const policy = model.policy(step, 'training');
      const { value, grads } = tf.variableGrads(
        () => softmaxCrossEntropy(model.forward(patches, policy).logits, labels, { reduction: 'mean' }),
        model.parameters.list(),
      );
      return { loss: value, ...optimizer.applyWith(model.parameters.byName(grads), settings) };
    },
  });
}
