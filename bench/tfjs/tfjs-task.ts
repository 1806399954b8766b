import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batch';
import type { InitialValues } from '../initial-values';

/** A problem in plain tfjs. */
export interface TfjsTask {
  /** One step; gives its loss. */
  step(): tf.Scalar;
  dispose(): void;
}

/** A classifier in plain tfjs: examples → logits `[batch, classes]`. */
export type TfjsModel = (examples: tf.Tensor, parameter: (name: string) => tf.Variable) => tf.Tensor2D;

/** Training of a classifier by its mean cross-entropy with tfjs's loss and one of its optimizers. */
export function tfjsTask(
  model: TfjsModel,
  { shape, examples, labels, classes }: Batch,
  initial: InitialValues,
  optimizer: tf.Optimizer,
): TfjsTask {
  const variables = new Map(
    [...initial].map(([name, { values, shape }]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, [...shape]))),
    ]),
  );
  const parameter = (name: string): tf.Variable => {
    const variable = variables.get(name);
    if (!variable) throw new Error(`No parameter is named "${name}"`);
    return variable;
  };
  return {
    step: () =>
      tf.tidy(() => {
        const input = tf.tensor(examples, [...shape]);
        const target = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32');
        const cost = optimizer.minimize(
          () => tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(target, model(input, parameter)),
          true,
          [...variables.values()],
        );
        if (!cost) throw new Error('tfjs gave no loss');
        return cost;
      }),
    dispose() {
      for (const variable of variables.values()) variable.dispose();
      optimizer.dispose();
    },
  };
}
