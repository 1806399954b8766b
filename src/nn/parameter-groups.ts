import type * as tf from '@tensorflow/tfjs-core';

/** Variables by the names of our own, as `Parameters` and any map of them are. */
export interface NamedVariables {
  entries(): Iterable<readonly [string, tf.Variable]>;
}

/** Some of a model's parameters, in their order. */
export const parametersWhere = (
  parameters: NamedVariables,
  isChosen: (name: string) => boolean,
): ReadonlyMap<string, tf.Variable> => new Map([...parameters.entries()].filter(([name]) => isChosen(name)));

/**
 * Gradients as tfjs names them by the parameters' own names; of parameters that `gradients` lacks there are none.
 * @param gradients by the variables' names, as `tf.variableGrads` and `gradientsOfEach` give them
 */
export const gradientsByName = (
  parameters: NamedVariables,
  gradients: tf.NamedTensorMap,
): Map<string, tf.Tensor> =>
  new Map(
    [...parameters.entries()].flatMap(([name, variable]) => {
      const gradient = gradients[variable.name];
      return gradient ? [[name, gradient] as const] : [];
    }),
  );
