import * as tf from '@tensorflow/tfjs-core';
import { f32, flatWorkgroups, sizeOf, u32 } from '../kernel';
import { requireEqual } from '../rows';
import { ShapeError } from '../shape-error';
import { defineUpdate } from '../update-kernel';
import wgsl from './running.wgsl?raw';

export interface RunningAttrs {
  /** Rows the moments were taken over. */
  rows: number;
  /** Share of the batch in the new average. */
  momentum: number;
}

/**
 * Moving averages of the mean and the unbiased variance of each channel, in place: running ← running + momentum
 * (statistic − running), the biased variance in `moments` being multiplied by rows / (rows − 1), as PyTorch does. Both
 * `[2, channels]`.
 * @throws ShapeError for a single row, whose unbiased variance is undefined.
 */
export const updateRunningMoments = defineUpdate<'moments', 'running', RunningAttrs>({
  name: 'LabRunningMoments',
  variants: [{ name: 'portable', wgsl, workgroups: ({ running }) => flatWorkgroups(sizeOf(running), 64) }],
  reads: ['moments'],
  states: ['running'],
  check({ moments, running }, { rows }) {
    requireEqual('updateRunningMoments', 'moments', moments, 'running', running);
    if (moments.length !== 2 || moments[0] !== 2 || rows < 2) {
      throw new ShapeError(
        `updateRunningMoments needs [2, channels] of at least two rows, got [${moments.join(', ')}] of ${rows}`,
      );
    }
  },
  params: ({ running }, { rows, momentum }) => ({
    columns: u32(running[1] ?? 0),
    momentum: f32(momentum),
    correction: f32(rows / (rows - 1)),
  }),
  reference({ moments, running }, { rows, momentum }) {
    const [mean, variance] = tf.unstack(moments) as [tf.Tensor, tf.Tensor];
    const statistic = tf.stack([mean, tf.mul(variance, rows / (rows - 1))]);
    return { running: tf.add(running, tf.mul(momentum, tf.sub(statistic, running))) };
  },
  cases: [1, 5, 131].map((channels) => ({
    shapes: { moments: [2, channels], running: [2, channels] },
    attrs: { rows: channels + 1, momentum: 0.1 },
  })),
  tolerance: { value: 1e-6, grad: 0 },
});
