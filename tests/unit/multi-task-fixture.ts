import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../src/math/philox-rng';
import type { MultiTask, MultiTaskBatch } from '../../src/nn/multi-task-batches';
import type { MultiTaskShape } from '../../src/nn/multi-task-model';
import type { ReferenceBatch } from '../support/float64/multi-task-mlp';

/** One task of every kind of loss, two of them binary and not next to each other. */
export const everyLoss: readonly MultiTask[] = [
  { id: 'class', loss: 'cross-entropy', outputs: 3 },
  { id: 'round', loss: 'binary-cross-entropy', outputs: 1 },
  { id: 'angle', loss: 'l1', outputs: 1 },
  { id: 'clean', loss: 'l2', outputs: 6 },
  { id: 'red', loss: 'binary-cross-entropy', outputs: 1 },
];

export const smallShape = (
  tasks: readonly MultiTask[],
  more: Partial<MultiTaskShape> = {},
): MultiTaskShape => ({
  ...{ trunk: 'mlp', inputShape: [2, 3, 1], width: 8, depth: 2, heads: 2, headWidth: 0, tasks },
  ...more,
});

/** Examples for `everyLoss` with inputs `[2, 3, 1]`; float32 numbers. */
export function referenceBatch(examples: number, seed = 1): ReferenceBatch {
  const rng = createRng(seed).fork('batch');
  const rows = (columns: number, value: () => number) =>
    Array.from({ length: examples }, () => Array.from({ length: columns }, value));
  const normal = () => Math.fround(rng.normal());
  return {
    input: rows(6, normal),
    targets: {
      class: rows(1, () => rng.below(3)),
      angle: rows(1, normal),
      clean: rows(6, normal),
      attributes: rows(2, () => rng.below(2)),
    },
  };
}

/** The same as tensors, the caller's to dispose. */
export function tensorsOf({ input, targets }: ReferenceBatch): MultiTaskBatch<string> {
  const images = (rows: readonly (readonly number[])[] = []) =>
    tf.tensor4d(rows.flat(), [rows.length, 2, 3, 1]);
  const { class: classes = [], angle = [], clean, attributes = [] } = targets;
  return {
    input: images(input),
    targets: {
      class: tf.tensor1d(classes.flat(), 'int32'),
      angle: tf.tensor1d(angle.flat()),
      clean: images(clean),
      attributes: tf.tensor2d(attributes.flat(), [attributes.length, 2]),
    },
  };
}
