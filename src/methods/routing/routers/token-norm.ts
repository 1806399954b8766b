import * as tf from '@tensorflow/tfjs-core';
import { detach } from '../../../kernels/detach';
import type { Scorer } from '../scorer';

/** A control, not in the paper: rᵢ = ‖xᵢ‖₂. No gradient flows through it. */
export const tokenNormScorer: Scorer = {
  readsAttention: false,
  needsClassToken: false,
  forBlock:
    () =>
    ({ z }) =>
      tf.sqrt(tf.sum<tf.Tensor2D>(tf.square(detach(z)), 2)),
};
