import * as tf from '@tensorflow/tfjs-core';
import { gradientsOfEach } from '../engine/gradients-of-each';
import { mean } from '../math/interval';

export interface RobustnessOptions {
  /** Most linear steps to the boundary. */
  steps: number;
  signal: AbortSignal;
}

/** By how much a step goes beyond the boundary, as in DeepFool's code. */
const OVERSHOOT = 0.02;

/**
 * Robustness by DeepFool (Moosavi-Dezfooli, Fawzi and Frossard, CVPR 2016, algorithm 2), the mean of |r| / |x| over images, r
 * the change that takes x across the nearest decision boundary: step by step the classifier is taken as linear, with
 * w_k = ∇f_k − ∇f_y and f_k − f_y of every other class, and x moves by |f_l − f_y| / |w_l|² w_l to the nearest of them.
 * Papyan, Han and Donoho (PNAS 2020, figure 8) follow it in the terminal phase. |x| is that of standardised pixels.
 * An image that has not crossed after the last step counts with the way it came.
 * @param images `[batch, …]`
 * @param logitsOf in evaluation mode, each image by itself
 */
export async function measureRobustness(
  images: tf.Tensor,
  logitsOf: (images: tf.Tensor) => tf.Tensor2D,
  { steps, signal }: RobustnessOptions,
): Promise<number> {
  const [rows = 0] = images.shape;
  const x = tf.variable(images, false);
  const flat = (tensor: tf.Tensor) => tf.reshape<tf.Rank.R2>(tensor, [rows, -1]);
  const told = tf.tidy(() => tf.argMax<tf.Tensor1D>(logitsOf(images), 1));
  try {
    for (let step = 0; step < steps; step++) {
      signal.throwIfAborted();
      const going = tf.tidy(() => {
        const logits = logitsOf(x);
        const classes = logits.shape[1];
        const own = tf.oneHot(told, classes);
        const stays = tf.cast(tf.equal(tf.argMax(logits, 1), told), 'float32');
        const { each } = gradientsOfEach(() => tf.sum<tf.Tensor1D>(logitsOf(x), 0), [x]);
        // Of each class [batch, values].
        const slopes = each.map((gradients) => flat(gradients[x.name] as tf.Tensor));
        const ofOwn = slopes.reduce<tf.Tensor>(
          (sum, slope, k) => tf.add(sum, tf.mul(slope, tf.slice(own, [0, k], [-1, 1]))),
          tf.zerosLike(flat(x)),
        );
        const away = slopes.map((slope) => tf.sub(slope, ofOwn));
        const squares = tf.stack(
          away.map((w) => tf.sum(tf.square(w), 1)),
          1,
        );
        const below = tf.sub(tf.sum(tf.mul(logits, own), 1, true), logits); // f_y − f_k
        const distance = tf.where(tf.cast(own, 'bool'), Infinity, tf.div(below, tf.sqrt(squares)));
        const nearest = tf.oneHot(tf.argMin(distance, 1), classes);
        const factors = tf.mul(
          tf.mul(nearest, tf.expandDims(stays, 1)),
          tf.div(below, tf.maximum(squares, 1e-30)),
        );
        const change = away.reduce<tf.Tensor>(
          (sum, w, k) => tf.add(sum, tf.mul(w, tf.slice(factors, [0, k], [-1, 1]))),
          tf.zerosLike(flat(x)),
        );
        x.assign(tf.add(x, tf.reshape(tf.mul(change, 1 + OVERSHOOT), images.shape)));
        return tf.sum(stays);
      });
      const [left = NaN] = await going.data();
      going.dispose();
      if (left === 0) break;
    }
    const ratios = tf.tidy(() => {
      const change = tf.sqrt(tf.sum(tf.square(flat(tf.sub(x, images))), 1));
      return tf.div(change, tf.sqrt(tf.sum(tf.square(flat(images)), 1)));
    });
    const values = await ratios.data();
    ratios.dispose();
    return mean([...values]);
  } finally {
    x.dispose();
    told.dispose();
  }
}
