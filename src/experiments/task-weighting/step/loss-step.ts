import * as tf from '@tensorflow/tfjs-core';
import { capture } from '../../../engine/capture';
import type { LearnedLossWeighting, LossWeighting } from '../../../methods/weighting/weighting-method';
import type { Optimizer } from '../../../nn/optimizer';
import { LEARNED } from './learned-weights';
import type { TaskSetting } from './setting';
import { STEP_SCALARS, taskInputs, type CapturedTaskStep } from './task-step';
import { weightedGradient, type Weigher, type WeighedLosses } from './weighted-gradient';

/** The parameters that a method learns, with what its step needs of it. */
export interface Learned {
  method: LossWeighting | LearnedLossWeighting;
  variable: tf.Variable<tf.Rank.R1> | null;
}

/** Adds the gradient of what the method learns, if it does, to those of the network. */
export function withLearned(
  gradients: ReadonlyMap<string, tf.Tensor>,
  { losses }: Pick<WeighedLosses, 'losses'>,
  { method, variable }: Learned,
): ReadonlyMap<string, tf.Tensor> {
  if (!method.learns || !variable) return gradients;
  if (!method.onDevice) throw new Error('A method that learns from losses does so on the device');
  return new Map([...gradients, [LEARNED, method.onDevice.gradient(losses, variable)]]);
}

/**
 * A step of a method that looks at the losses only: one forward pass, weights on the device, one backward pass of Σₖ wₖ Lₖ, one
 * update.
 * @param optimizer of the trained parameters and of what the method learns
 * @param trained by name
 */
export function captureLossStep(
  setting: TaskSetting,
  weigher: Weigher,
  learned: Learned,
  optimizer: Optimizer,
  trained: ReadonlyMap<string, tf.Variable>,
): CapturedTaskStep {
  const tasks = setting.tasks.length;
  return capture({
    inputs: taskInputs(setting.spec.batch, optimizer.settingsLength, tasks),
    outputs: STEP_SCALARS,
    vectors: { losses: tasks, weights: tasks },
    step(inputs) {
      const { losses, weights, gradients } = weightedGradient(setting, weigher, inputs, trained);
      const verdict = optimizer.applyWith(withLearned(gradients, { losses }, learned), inputs.settings);
      return { loss: tf.sum<tf.Scalar>(losses), ...verdict, losses, weights };
    },
  });
}
