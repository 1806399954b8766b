import type * as tf from '@tensorflow/tfjs-core';
import { randomUniform } from '../../../kernels/random/random';
import type { Scorer } from '../scorer';

/**
 * A control: rᵢ ~ U(0, 1), drawn anew for every token, block and step, so that the choice says nothing about the tokens
 * (Raposo et al. 2024 route by Gaussian scores, which chooses alike).
 */
export const randomScorer: Scorer = {
  readsAttention: false,
  needsClassToken: false,
  forBlock:
    ({ name }) =>
    ({ z, random }) =>
      randomUniform<tf.Rank.R2>([z.shape[0], z.shape[1]], random.fork(name)),
};
