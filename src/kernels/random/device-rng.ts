import type * as tf from '@tensorflow/tfjs-core';
import type { PhiloxKey } from '../../math/philox';
import { keyOf } from '../../math/philox-rng';
import type { Rng } from '../../math/rng';
import { requireEqual } from '../rows';

/**
 * A stream of random numbers that is drawn on the device, at the step it finds there. It has no state: drawing from it
 * twice gives the same numbers twice, so whatever must differ within a step forks a stream of its own.
 */
export interface DeviceRng {
  readonly key: PhiloxKey;
  /** int32 `[1]`. As a declared input of a captured step it makes every replay draw anew. */
  readonly step: tf.Tensor1D;
  /** An independent stream for this label, at the same step. */
  fork(label: string): DeviceRng;
}

/**
 * The stream of `rng` on the device. At step 0 it gives the words that `rng` itself gives.
 * @param step int32 `[1]`, the number of the training step, counted from 1
 * @throws ShapeError unless `step` is `[1]`; TypeError for a stream that is not made by `createRng`.
 */
export function createDeviceRng(rng: Rng, step: tf.Tensor1D): DeviceRng {
  requireEqual('createDeviceRng', 'step', step.shape, 'one number', [1]);
  return { key: keyOf(rng), step, fork: (label) => createDeviceRng(rng.fork(label), step) };
}
