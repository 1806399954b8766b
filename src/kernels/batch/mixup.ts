import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { requireEqual } from '../rows';
import wgsl from './mixup.wgsl?raw';

/** Rows of zeros with a one at the label; `tf.oneHot` refuses a single class. */
const oneHot = (labels: tf.Tensor, classes: number) =>
  tf.cast(tf.equal(tf.expandDims(labels, -1), tf.range(0, classes, 1, 'int32')), 'float32');

const mixupKernel = defineKernel<
  'x' | 'labels' | 'partners' | 'lambda',
  'mixed' | 'targets',
  { classes: number }
>({
  name: 'LabMixup',
  variants: [
    {
      name: 'portable',
      wgsl,
      workgroups: ({ mixed, targets }) => flatWorkgroups(Math.max(sizeOf(mixed), sizeOf(targets)), 64),
    },
  ],
  inputs: ['x', 'labels', 'partners', 'lambda'],
  outputs: ['mixed', 'targets'],
  integers: ['labels', 'partners'],
  shape({ x, labels, partners, lambda }, { classes }) {
    const batch = x.slice(0, 1);
    requireEqual('mixup', 'labels', labels, 'one for each example', batch);
    requireEqual('mixup', 'partners', partners, 'one for each example', batch);
    requireEqual('mixup', 'λ', lambda, 'one for each example', batch);
    return { mixed: x, targets: [...batch, classes] };
  },
  params: ({ x }, { classes }) => ({
    batch: u32(x[0] ?? 0),
    size: u32(sizeOf(x.slice(1))),
    classes: u32(classes),
  }),
  reference({ x, labels, partners, lambda }, { classes }) {
    const mix = (values: tf.Tensor) => {
      const share = tf.reshape(lambda, [-1, ...values.shape.slice(1).fill(1)]);
      const others = tf.gather(values, partners);
      return tf.add(tf.mul(share, values), tf.mul(tf.sub(1, share), others));
    };
    return { mixed: mix(x), targets: mix(oneHot(labels, classes)) };
  },
  cases: [
    { x: [1], classes: 1, below: 1 },
    { x: [3, 7], classes: 10, below: 3 },
    { x: [67, 5, 3], classes: 3, below: 67 },
    { x: [2, 4, 4, 3], classes: 101, below: 2 },
  ].map(({ x, classes, below }) => ({
    shapes: { x, labels: x.slice(0, 1), partners: x.slice(0, 1), lambda: x.slice(0, 1) },
    attrs: { classes },
    below,
  })),
  tolerance: { value: 1e-6, grad: 0 },
});

/**
 * Mixup (Zhang et al., ICLR 2018): x̃ᵢ = λᵢ xᵢ + (1 − λᵢ) xⱼ with j = partners[i], and soft labels mixed the same way. The
 * partners and λ of a step come from `drawMixup`, as inputs of the step. Not differentiable: it is for data.
 * @param x `[batch, …]`
 * @param labels int32 `[batch]`
 * @param partners int32 `[batch]`, places in the batch
 * @param lambda `[batch]`
 * @returns mixed, shaped as x, and targets `[batch, classes]`, whose rows sum to 1
 * @throws ShapeError unless there is one label, partner and λ for each example.
 */
export function mixup<T extends tf.Tensor>(
  x: T,
  labels: tf.Tensor1D,
  { partners, lambda }: { partners: tf.Tensor1D; lambda: tf.Tensor1D },
  classes: number,
): { mixed: T; targets: tf.Tensor2D } {
  const { mixed, targets } = mixupKernel({ x, labels, partners, lambda }, { classes });
  return { mixed: mixed as T, targets: targets as tf.Tensor2D };
}
