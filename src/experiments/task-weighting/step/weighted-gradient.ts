import * as tf from '@tensorflow/tfjs-core';
import { detach } from '../../../kernels/detach';
import { createDeviceRng } from '../../../kernels/random/device-rng';
import type {
  DeviceWeighting,
  LearnedLossWeighting,
  LossWeighting,
} from '../../../methods/weighting/weighting-method';
import { gradientsByName } from '../../../nn/parameter-groups';
import type { TaskSetting } from './setting';
import type { TaskInputTensors } from './task-step';

/** A step's losses with their weights. */
export interface WeighedLosses {
  /** After their scales, `[tasks]`. */
  losses: tf.Tensor1D;
  /** `[tasks]` */
  weights: tf.Tensor1D;
}

/** Gives the weights for a step's losses. */
export type Weigher = (losses: tf.Tensor1D, inputs: TaskInputTensors) => tf.Tensor1D;

/**
 * Weighs on the device, or, where a method has nothing to compute there, by the declared input.
 * @param learned the parameters that the method learns, if it does
 */
export function createWeigher(
  method: LossWeighting | LearnedLossWeighting,
  learned: tf.Variable<tf.Rank.R1> | null,
  { rng }: TaskSetting,
): Weigher {
  const onDevice: DeviceWeighting | undefined = method.onDevice;
  return (losses, { step, weights }) =>
    onDevice ? onDevice.weights(losses, { learned, rng: createDeviceRng(rng, step) }) : tf.clone(weights);
}

/**
 * Losses, weights and the gradient of Σₖ wₖ Lₖ at constant weights, by one backward pass. Tensors of the caller's own.
 * @param variables those the gradient is with respect to, by name
 */
export function weightedGradient(
  { model, batches, scales, draws }: TaskSetting,
  weigher: Weigher,
  inputs: TaskInputTensors,
  variables: ReadonlyMap<string, tf.Variable>,
): WeighedLosses & { gradients: Map<string, tf.Tensor> } {
  const batch = batches.batch(inputs.indices, draws(inputs.step));
  const found: WeighedLosses[] = [];
  const { grads } = tf.variableGrads(() => {
    const losses = scaled(model.losses(batch), scales);
    const weights = weigher(detach(losses), inputs);
    found.push({ losses: tf.keep(losses), weights: tf.keep(weights) });
    return tf.sum<tf.Scalar>(tf.mul(weights, losses));
  }, [...variables.values()]);
  const [kept] = found;
  if (!kept) throw new Error('tfjs did not compute the losses');
  // Kept through the backward pass only: from here on they are the caller's as any other tensor is.
  const released = { losses: tf.clone(kept.losses), weights: tf.clone(kept.weights) };
  tf.dispose([kept.losses, kept.weights]);
  return { ...released, gradients: gradientsByName({ entries: () => variables }, grads) };
}

/** Losses times their scales; without a launch where all are 1. */
export const scaled = (losses: tf.Tensor1D, scales: readonly number[]): tf.Tensor1D =>
  scales.every((scale) => scale === 1) ? losses : tf.mul(losses, tf.tensor1d([...scales]));
