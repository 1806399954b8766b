import * as tf from '@tensorflow/tfjs-core';

/** How tensors lie end to end in one long vector. */
export function parameterLayout(tensors: readonly tf.Tensor[]): { offsets: number[]; total: number } {
  let total = 0;
  const offsets = tensors.map(({ size }) => (total += size) - size);
  return { offsets, total };
}

/** The vector's pieces in the shapes of the tensors. */
export const splitLike = (vector: tf.Tensor, tensors: readonly tf.Tensor[]): tf.Tensor[] =>
  tf
    .split(
      vector,
      tensors.map(({ size }) => size),
    )
    .map((piece, i) => tf.reshape(piece, tensors[i]?.shape ?? []));

/** A vector with a 1 for every element of the tensors that are `chosen`, and a 0 for every other. */
export function chosenMask(tensors: readonly tf.Tensor[], chosen: (index: number) => boolean): tf.Tensor1D {
  const { offsets, total } = parameterLayout(tensors);
  const mask = new Float32Array(total);
  for (const [i, { size }] of tensors.entries())
    if (chosen(i)) mask.fill(1, offsets[i] ?? 0, (offsets[i] ?? 0) + size);
  return tf.tensor1d(mask);
}
