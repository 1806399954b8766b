import type * as tf from '@tensorflow/tfjs-core';
import type { DeviceRng } from '../../../kernels/random/device-rng';
import type { Rng } from '../../../math/rng';
import type { WeightingMethod } from '../../../methods/weighting/weighting-method';
import { createWeighting, defaultSettings } from '../../../methods/weighting/weighting';
import type { MultiTask, MultiTaskBatches } from '../../../nn/multi-task-batches';
import type { MultiTaskModel } from '../../../nn/multi-task-model';
import { numbersIn } from '../../../spec/knob';
import type { TaskWeightingSpec } from '../knobs';
import { perTask } from '../tasks';

/** What all parts of a step are made from. */
export interface TaskSetting {
  spec: TaskWeightingSpec;
  model: MultiTaskModel;
  batches: MultiTaskBatches<string>;
  /** In the order of the model's losses. */
  tasks: readonly MultiTask[];
  /** What each loss is multiplied by before anything else, `[tasks]`. */
  scales: readonly number[];
  /** What the batches draw from in a step, from its number, int32 `[1]`. */
  draws: (step: tf.Tensor1D) => DeviceRng;
  /** Stream of what the method draws. */
  rng: Rng;
}

/** Scales of the losses, one for each task. */
export const scalesOf = ({ scales }: TaskWeightingSpec, tasks: number): number[] =>
  perTask(numbersIn(scales), tasks);

/** The method with its knobs' values. */
export function methodOf(spec: TaskWeightingSpec, tasks: number): WeightingMethod {
  return createWeighting(spec.method, {
    ...defaultSettings(tasks),
    weights: perTask(numbersIn(spec.weights), tasks),
    initialS: perTask(numbersIn(spec.start), tasks),
    temperature: spec.temperature,
    floor: spec.floor,
    dwaTemperature: spec.dwaTemperature,
    normaliser: spec.normaliser === 'loss-l2' ? 'loss+' : spec.normaliser,
    alpha: spec.alpha,
  });
}
