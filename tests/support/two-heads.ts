import * as tf from '@tensorflow/tfjs-core';

let made = 0;

/**
 * A small multilayer perceptron with a head for classes and one for a number, whose trunk is used twice on its way, so
 * that gradients add up: what gradients of several losses are tested on.
 */
export function twoHeads() {
  const prefix = `two-heads-${made++}`;
  const drawn = (name: string, shape: number[], seed: number) =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.5, 'float32', seed), true, `${prefix}.${name}`));
  const weight = drawn('trunk.weight', [5, 7], 1);
  const bias = drawn('trunk.bias', [7], 2);
  const [classes, classBias] = [drawn('classes.weight', [7, 3], 3), drawn('classes.bias', [3], 4)];
  const [number, numberBias] = [drawn('number.weight', [7, 1], 5), drawn('number.bias', [1], 6)];
  const x = tf.keep(tf.randomNormal<tf.Rank.R2>([6, 5], 0, 1, 'float32', 7));
  // tfjs's wasm backend writes whole numbers into a float32 one-hot, so it is cast.
  const wanted = tf.tidy(() =>
    tf.keep(tf.cast(tf.oneHot(tf.tensor1d([0, 2, 1, 1, 0, 2], 'int32'), 3), 'float32')),
  );
  const variables = [weight, bias, classes, classBias, number, numberBias];
  return {
    variables,
    x,
    /** Cross-entropy of the classes, mean square of the number. */
    losses: (x: tf.Tensor2D): [tf.Scalar, tf.Scalar] => {
      const first = tf.relu(tf.add(tf.matMul(x, weight as tf.Tensor2D), bias));
      const hidden = tf.add(first, tf.sigmoid(tf.mul(first, bias)));
      const logits = tf.add(tf.matMul(hidden, classes as tf.Tensor2D), classBias);
      const guess = tf.add(tf.matMul(hidden, number as tf.Tensor2D), numberBias);
      const entropy = tf.neg(tf.mean(tf.sum(tf.mul(wanted, tf.log(tf.softmax(logits))), -1)));
      return [entropy as tf.Scalar, tf.mean<tf.Scalar>(tf.square(tf.sub(guess, tf.sum(x, -1, true))))];
    },
    dispose: () => {
      tf.dispose([...variables, x, wanted]);
    },
  };
}
