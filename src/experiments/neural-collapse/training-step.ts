import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../engine/capture';
import { mixup } from '../../kernels/batch/mixup';
import { softmaxCrossEntropy } from '../../kernels/softmax-cross-entropy/softmax-cross-entropy';
import type { DeviceBatches } from '../../nn/device-batches';
import type { GroupedSgd } from '../../nn/grouped-sgd';
import type { LayeredClassifier } from '../../nn/layered-classifier';
import type { CollapseSpec } from './knobs';

/** Labels as distributions `[examples, classes]`. */
const oneHot = (labels: tf.Tensor1D, classes: number): tf.Tensor2D =>
  tf.cast(tf.equal(tf.expandDims(labels, 1), tf.range(0, classes, 1, 'int32')), 'float32');

/**
 * Loss of each example `[examples]`: cross-entropy in nats, or ½ Σ_k (z_k − y_k)².
 * @param targets classes, int32 `[examples]`, or distributions over them `[examples, classes]`
 */
export function losses(
  kind: CollapseSpec['loss'],
  logits: tf.Tensor2D,
  targets: tf.Tensor1D | tf.Tensor2D,
): tf.Tensor1D {
  if (kind === 'ce') return softmaxCrossEntropy(logits, targets);
  const wanted = targets.rank === 1 ? oneHot(targets as tf.Tensor1D, logits.shape[1]) : targets;
  return tf.mul(tf.sum<tf.Tensor1D>(tf.square(tf.sub(logits, wanted)), 1), 0.5);
}

/** Mean loss of a batch. */
const meanLoss = (
  kind: CollapseSpec['loss'],
  logits: tf.Tensor2D,
  targets: tf.Tensor1D | tf.Tensor2D,
): tf.Scalar =>
  kind === 'ce'
    ? softmaxCrossEntropy(logits, targets, { reduction: 'mean' })
    : tf.mean<tf.Scalar>(losses(kind, logits, targets));

/**
 * One step, captured: the batch's mean loss, with mixup and decay of the features where the setting has them, its gradient,
 * an update.
 */
export function captureTrainingStep(
  { loss, mixup: alpha, featureDecay, batch }: CollapseSpec,
  model: LayeredClassifier,
  train: DeviceBatches,
  optimizer: GroupedSgd,
  classes: number,
) {
  return capture({
    inputs: {
      indices: { dtype: 'int32', shape: [batch] },
      partners: { dtype: 'int32', shape: [batch] },
      lambda: { dtype: 'float32', shape: [batch] },
      settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
    },
    outputs: ['loss', 'gradientNorm', 'nonFinite'],
    step({ indices, partners, lambda, settings }) {
      const { images, labels } = train.images(indices);
      const { mixed, targets } =
        alpha > 0 ? mixup(images, labels, { partners, lambda }, classes) : { mixed: images, targets: labels };
      const { value, grads } = tf.variableGrads(() => {
        const { logits, features } = model.forward(mixed, 'training');
        const fit = meanLoss(loss, logits, targets);
        if (featureDecay === 0) return fit;
        const squares = tf.mean<tf.Scalar>(tf.sum(tf.square(features), 1));
        return tf.add<tf.Scalar>(fit, tf.mul(squares, featureDecay / 2));
      }, model.parameters.list());
      return { loss: value, ...optimizer.applyWith(model.parameters.byName(grads), settings) };
    },
  });
}
