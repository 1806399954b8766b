import type * as tf from '@tensorflow/tfjs-core';
import { dropout } from '../kernels/dropout/dropout';
import type { DeviceRng } from '../kernels/random/device-rng';

/** Drops part of a layer's output while training; with no stream, as at evaluation, it gives x itself. */
export type Dropout = <T extends tf.Tensor>(x: T, rng: DeviceRng | null) => T;

/**
 * A dropout layer named `name`, which drops each number with this probability, in [0, 1), and scales the others up. It
 * draws from a stream of its own, forked by its name, so that layers of one step drop independently.
 * @throws RangeError for a probability outside [0, 1).
 */
export function createDropout(name: string, probability: number): Dropout {
  if (!(probability >= 0 && probability < 1))
    throw new RangeError(`${name}: a share of ${probability} cannot be dropped: it lies outside [0, 1).`);
  return (x, rng) => (rng === null || probability === 0 ? x : dropout(x, probability, rng.fork(name)));
}
