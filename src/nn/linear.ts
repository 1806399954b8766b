import * as tf from '@tensorflow/tfjs-core';
import type { Rank } from '@tensorflow/tfjs-core';
import { glorotUniform, zeros, type Initializer, type Parameters } from './parameters';

/** y = x W + b over the last axis. */
export type Linear = <R extends Rank>(x: tf.Tensor<R>) => tf.Tensor<R>;

/** A linear layer named `name`, mapping the last axis from `inputs` to `outputs` features. */
export function createLinear(
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
  initialize: Initializer = glorotUniform,
): Linear {
  const weight = parameters.create(`${name}.weight`, [inputs, outputs], initialize);
  const bias = parameters.create(`${name}.bias`, [outputs], zeros);
  return <R extends Rank>(x: tf.Tensor<R>) => {
    // One matrix product over all rows: broadcasting the weight over the batch would cost a sum in its gradient.
    const rows = tf.reshape<Rank.R2>(x, [-1, inputs]);
    const y = tf.fused.matMul({ a: rows, b: weight, bias });
    return tf.reshape<R>(y, [...x.shape.slice(0, -1), outputs] as tf.ShapeMap[R]);
  };
}
