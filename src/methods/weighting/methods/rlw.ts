import * as tf from '@tensorflow/tfjs-core';
import { randomNormal } from '../../../kernels/random/random';
import { softmax } from '../softmax';
import type { LossWeighting } from '../weighting-method';

/**
 * Random loss weighting: w = softmax(z), z ~ N(0, I), drawn anew in every step; sums to 1, each 1/K on average (Lin et al.
 * 2022; LibMTL). It takes K normal numbers of the step's stream; whoever draws z elsewhere, as on the device,
 * has the same weights by `softmax`.
 */
export const rlw: LossWeighting = {
  reads: 'losses',
  learns: false,
  initial: () => ({}),
  weigh: (losses, state, { rng }) => ({ weights: softmax(losses.map(() => rng.normal())), state }),
  onDevice: {
    weights: (losses, { rng }) => tf.tidy(() => tf.softmax(randomNormal<tf.Rank.R1>(losses.shape, rng))),
  },
};
