import type * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../data/data-source';
import type { DeviceRng } from '../kernels/random/device-rng';
import type { DeviceBatches } from './device-batches';

/** The split that tasks are made from, its bytes on the device already. */
export interface MultiTaskData {
  dataset: Pick<Dataset, 'name' | 'shape' | 'classes' | 'mean' | 'standardDeviation'>;
  /** Examples of the split. */
  count: number;
  /** The split itself. It belongs to the caller, and several kinds of tasks may share it. */
  images: DeviceBatches;
}

/** One of the tasks that share an input. */
export interface MultiTask {
  id: string;
  /** Of the head's outputs for the task: logits for both cross-entropies, the value itself for L1 and L2. */
  loss: 'cross-entropy' | 'binary-cross-entropy' | 'l1' | 'l2';
  /** Outputs its head needs for an example. */
  outputs: number;
}

/** Inputs with the targets of all tasks, the caller's to dispose. */
export type MultiTaskBatch<Target extends string> = {
  /** `[batch, height, width, channels]`, or `[batch, patches, patchValues]` where patches were asked for. */
  input: tf.Tensor;
  targets: Record<Target, tf.Tensor>;
};

/**
 * Several tasks on the same inputs, made on the device from the stored bytes. What is random depends on the stream, its step
 * and the index of the item alone: with a stream that stays at one step, as for the test split, an item has the same input
 * and targets every time, however it is batched. With the indices and the stream's step as declared inputs, a captured
 * step makes another batch at every replay.
 */
export interface MultiTaskBatches<Target extends string> {
  readonly tasks: readonly MultiTask[];
  /** Of the input of one example. */
  readonly inputShape: readonly number[];
  /**
   * @param indices int32 `[batch]`
   * @param rng the stream of the split
   */
  batch(indices: tf.Tensor1D, rng: DeviceRng): MultiTaskBatch<Target>;
  /** Frees what the tasks themselves hold, not the split. */
  dispose(): void;
}
