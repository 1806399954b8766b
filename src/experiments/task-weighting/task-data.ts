import * as tf from '@tensorflow/tfjs-core';
import { FASHION_ATTRIBUTES } from '../../data/attributes';
import type { Dataset, Split } from '../../data/data-source';
import { createDeviceRng, type DeviceRng } from '../../kernels/random/device-rng';
import { createRng } from '../../math/philox-rng';
import type { Rng } from '../../math/rng';
import { DeviceBatches } from '../../nn/device-batches';
import { AttributeBatches } from '../../nn/multi-task-attributes';
import type { MultiTaskBatch, MultiTaskBatches, MultiTaskData } from '../../nn/multi-task-batches';
import { OverlayBatches } from '../../nn/multi-task-overlay';
import { RotationBatches } from '../../nn/multi-task-rotation';
import { inputSize } from './check';
import type { TaskWeightingSpec } from './knobs';

/** Name of the data set that the tasks are made from. */
export const datasetOf = ({ tasks }: TaskWeightingSpec): string =>
  tasks === 'multi-mnist' ? 'mnist' : 'fashion-mnist';

/** Some images of a split, on the device. */
export interface TaskImages {
  readonly count: number;
  readonly images: DeviceBatches;
}

/** Images for training, for choosing settings, and for the final figures. */
export interface TaskData {
  train: TaskImages;
  validation: TaskImages;
  test: TaskImages;
  dispose(): void;
}

/**
 * Sends the images to the device. Those for validation are the training split's, after those trained on.
 * @throws RangeError where the data set has too few.
 */
export function createTaskData(spec: TaskWeightingSpec, dataset: Dataset): TaskData {
  const { trainExamples, validationExamples } = spec;
  const end = trainExamples + validationExamples;
  if (dataset.train.count < end)
    throw new RangeError(
      `${dataset.name} has ${dataset.train.count} training images, and ${end} are asked for`,
    );
  const onDevice = (split: Split): TaskImages => ({
    count: split.count,
    images: new DeviceBatches(dataset, split),
  });
  const parts = {
    train: onDevice(portionOf(dataset, 0, trainExamples)),
    validation: onDevice(portionOf(dataset, trainExamples, end)),
    test: onDevice(dataset.test),
  };
  return {
    ...parts,
    dispose() {
      for (const { images } of Object.values(parts)) images.dispose();
    },
  };
}

function portionOf({ shape, train }: Dataset, from: number, to: number): Split {
  const values = shape.reduce((product, extent) => product * extent, 1);
  return {
    count: to - from,
    pixels: train.pixels.subarray(from * values, to * values),
    labels: train.labels.subarray(from, to),
  };
}

/**
 * The tasks of a setting on these images.
 * @param only the one task of a single-task model; all where absent. Attributes are binary tasks that can be had alone; the
 * other sets make all targets whatever is learnt.
 */
export function createTaskBatches(
  spec: TaskWeightingSpec,
  dataset: Dataset,
  { count, images }: TaskImages,
  only?: string,
): MultiTaskBatches<string> {
  const data: MultiTaskData = { dataset, count, images };
  const patch = spec.trunk === 'vit' ? { patch: spec.patch } : {};
  if (spec.tasks === 'attributes') {
    const attributes = FASHION_ATTRIBUTES.filter(({ id }) => only === undefined || id === only);
    return new AttributeBatches(data, { attributes, ...patch });
  }
  if (spec.tasks === 'fashion-3')
    return new RotationBatches(data, {
      maxDegrees: spec.maxAngle,
      angleNoise: spec.angleNoise,
      pixelNoise: spec.pixelNoise,
      ...patch,
    });
  return new OverlayBatches(data, { canvas: inputSize(spec), jitter: spec.jitter, ...patch });
}

/** The draws by which the tasks of the training images are made, anew in every step. */
export const trainingDraws = (rng: Rng, step: tf.Tensor1D): DeviceRng =>
  createDeviceRng(rng.fork('tasks'), step);

/**
 * Batches of a fixed set of examples, for evaluation: an image has the same task every time, and the same for every seed,
 * for the examples that models are measured on are data.
 */
export function fixedBatches(
  batches: MultiTaskBatches<string>,
  stream: 'validation' | 'test',
): (examples: tf.Tensor1D) => MultiTaskBatch<string> {
  const rng = createRng(0).fork(stream);
  return (examples) => batches.batch(examples, createDeviceRng(rng, tf.tensor1d([0], 'int32')));
}
