import * as tf from '@tensorflow/tfjs-core';

/** Tensors that one launch adds up: with the sum itself as many as every device binds. */
const AT_ONCE = 7;

/**
 * The sum of tensors of one shape, in a fixed order. tf.addN binds all of them in one launch, which a device refuses, with no
 * exception, where they are more than it can bind.
 */
export function sumOf<T extends tf.Tensor>(tensors: readonly T[]): T {
  let sums = [...tensors];
  while (sums.length > 1)
    sums = Array.from({ length: Math.ceil(sums.length / AT_ONCE) }, (_, i) =>
      tf.addN(sums.slice(i * AT_ONCE, (i + 1) * AT_ONCE)),
    );
  const [sum] = sums;
  if (!sum) throw new RangeError('There is nothing to add up');
  return sum;
}
