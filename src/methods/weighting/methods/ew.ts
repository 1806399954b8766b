import * as tf from '@tensorflow/tfjs-core';
import type { LossWeighting } from '../weighting-method';

/**
 * Equal weights: wₖ = 1, so that the loss is Σₖ Lₖ, as LibMTL has it; not 1/K. With SGD that factor is one of the learning
 * rate.
 */
export const ew: LossWeighting = {
  reads: 'losses',
  learns: false,
  initial: () => ({}),
  weigh: (losses, state) => ({ weights: new Float64Array(losses.length).fill(1), state }),
  onDevice: { weights: (losses) => tf.ones<tf.Rank.R1>(losses.shape) },
};
