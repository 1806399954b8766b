import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { valuesAtHand } from '../random/at-hand';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import wgsl from './attributes.wgsl?raw';

type In = 'labels' | 'uniform' | 'chances' | 'members' | 'transforms';

const attributesKernel = defineKernel<In, 'flags' | 'targets', object>({
  name: 'LabAttributes',
  variants: [
    {
      name: 'portable',
      wgsl,
      workgroups: ({ flags, targets }) => flatWorkgroups(Math.max(sizeOf(flags), sizeOf(targets)), 64),
    },
  ],
  inputs: ['labels', 'uniform', 'chances', 'members', 'transforms'],
  outputs: ['flags', 'targets'],
  integers: ['labels', 'transforms', 'flags'],
  shape({ labels, uniform, chances, members, transforms }) {
    const [batch = 0] = labels;
    const [attributes = 0] = transforms;
    if (labels.length !== 1 || members.length !== 2 || members[1] !== attributes)
      throw new ShapeError(
        `attributes: labels ${shapeText(labels)} and members ${shapeText(members)} do not go with ${attributes} attributes`,
      );
    requireEqual('attributes', 'transforms', transforms, 'a list', [attributes]);
    requireEqual('attributes', 'uniform', uniform, 'four for each item', [batch, 4]);
    requireEqual('attributes', 'chances', chances, 'one for each transform', [4]);
    return { flags: [batch, 4], targets: [batch, attributes] };
  },
  params: ({ labels: [batch = 0], members: [classes = 0, attributes = 0] }) => ({
    batch: u32(batch),
    classes: u32(classes),
    attributes: u32(attributes),
  }),
  reference({ labels, uniform, chances, members, transforms }) {
    const [classes = 0, attributes = 0] = members.shape;
    const flags = tf.cast(tf.less(uniform, chances), 'int32');
    const [on, table, which] = [valuesAtHand(flags), valuesAtHand(members), valuesAtHand(transforms)];
    const targets = Array.from(valuesAtHand(labels), (label, i) =>
      Array.from(which, (transform, k) => {
        if (label < 0 || label >= classes) return NaN;
        return transform < 4 && !on[4 * i + transform] ? 0 : (table[label * attributes + k] ?? NaN);
      }),
    );
    return { flags, targets: tf.tensor2d(targets.flat(), [labels.size, attributes]) };
  },
  cases: [
    { batch: 1, classes: 1, attributes: 1, below: 1 },
    { batch: 5, classes: 5, attributes: 3, below: 5 },
    { batch: 67, classes: 10, attributes: 17, below: 10 },
    { batch: 19, classes: 3, attributes: 5, below: 6 }, // labels of no class among them
  ].map(({ batch, classes, attributes, below }) => ({
    shapes: {
      labels: [batch],
      uniform: [batch, 4],
      chances: [4],
      members: [classes, attributes] as Shape,
      transforms: [attributes],
    },
    attrs: {},
    below,
  })),
  tolerance: { value: 0, grad: 0 },
});

/**
 * Which of four transforms each item gets, flags[i, t] = uniform[i, t] < chances[t], and which of its attributes hold:
 * targets[i, k] = members[labels[i], k] where attribute k needs no transform (4 or more) or gets the one it needs, else 0.
 * @param labels int32 `[batch]`; one of no class gives NaN
 * @param draws.uniform `[batch, 4]` in [0, 1) · chances `[4]`
 * @param table.members `[classes, attributes]` of 0 and 1 · transforms int32 `[attributes]`
 * @returns flags int32 `[batch, 4]` and targets `[batch, attributes]`
 * @throws ShapeError when the shapes do not go together.
 */
export function attributeTargets(
  labels: tf.Tensor1D,
  draws: { uniform: tf.Tensor2D; chances: tf.Tensor1D },
  table: { members: tf.Tensor2D; transforms: tf.Tensor1D },
): { flags: tf.Tensor2D; targets: tf.Tensor2D } {
  const { flags, targets } = attributesKernel({ labels, ...draws, ...table }, {});
  return { flags: flags as tf.Tensor2D, targets: targets as tf.Tensor2D };
}
