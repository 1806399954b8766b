import * as tf from '@tensorflow/tfjs-core';
import type { Unit, UnitPlan } from '../resnet-units';
import { linear } from './layers';
import type { TfjsModel } from './tfjs-task';

/**
 * The residual network of `src/nn/resnet.ts` in plain tfjs. It keeps no running statistics, which ours does: that is
 * for evaluation, changes no loss and favours this one.
 */
export function tfjsResNet({ stem, blocks }: UnitPlan): TfjsModel {
  return (images, parameter) => {
    const apply = (x: tf.Tensor4D, { name, size, stride }: Unit): tf.Tensor4D => {
      const weight = parameter(`${name}.conv.weight`) as tf.Variable<tf.Rank.R4>;
      const y = tf.conv2d(x, weight, stride, (size - 1) / 2);
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      const [gamma, beta] = [parameter(`${name}.norm.gamma`), parameter(`${name}.norm.beta`)];
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, 1e-5)));
      return tf.add(tf.mul(tf.sub(y, mean), scale), beta);
    };
    let z: tf.Tensor4D = tf.relu(apply(images as tf.Tensor4D, stem));
    for (const { first, second, shortcut } of blocks) {
      const change = apply(tf.relu(apply(z, first)), second);
      z = tf.relu(tf.add(change, shortcut ? apply(z, shortcut) : z));
    }
    return linear(tf.mean(z, [1, 2]), parameter('head.weight'), parameter('head.bias')) as tf.Tensor2D;
  };
}
