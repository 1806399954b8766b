import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../../engine/lab-backend';
import { u32 } from '../kernel';
import { parameterLayout } from '../parameter-layout';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import { launchGroups, type GroupKernel } from '../tensor-groups';
import template from './store-row.wgsl?raw';

const kernel: GroupKernel = {
  name: 'LabStoreRow',
  template,
  blocks: (size) => Math.ceil(size / 64),
  variants: [
    { name: 'portable', blocks: 32 },
    { name: 'fine', blocks: 4 },
  ],
};
noteNativeKernel(kernel.name);

/**
 * Copies tensors, laid end to end, into a row of a matrix, in place on the lab backend: so a captured step leaves the
 * gradients of a task where another captured step reads them. Nothing flows back through it.
 * @param matrix float32 `[rows, width]`
 * @param row which one, from 0; a captured step keeps to the one it was captured with
 * @param tensors float32, of `width` elements together
 * @param perLaunch tensors in one launch; by default as many as the device can bind
 * @throws ShapeError when there is no such row, or the tensors do not fill it.
 */
export function storeRow(
  matrix: tf.Variable<tf.Rank.R2>,
  row: number,
  tensors: readonly tf.Tensor[],
  perLaunch?: number,
): void {
  const [rows, width] = matrix.shape;
  const { offsets, total } = parameterLayout(tensors);
  if (!Number.isInteger(row) || row < 0 || row >= rows || total !== width)
    throw new ShapeError(
      `storeRow: ${total} elements do not fill row ${row} of a matrix ${shapeText(matrix.shape)}`,
    );
  if (tf.getBackend() !== LAB) {
    tf.tidy(() => {
      const stored = tf.concat(tensors.map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [-1])));
      matrix.assign(
        tf.stack(tf.unstack(matrix).map((former, i) => (i === row ? stored : former))) as tf.Tensor2D,
      );
    });
    return;
  }
  launchGroups(
    asLab(tf.backend()),
    kernel,
    { reads: {}, writes: { matrix }, tensors, access: 'read' },
    {},
    (i) => ({ offset: u32(row * width + (offsets[i] ?? 0)) }),
    perLaunch,
  );
}
