import * as tf from '@tensorflow/tfjs-core';
import { GradientGatherer } from '../kernels/gradient-norm/gradient-norm';
import { sgdStep, sgdValues } from '../kernels/sgd/sgd-step';
import type { GradientVerdict } from './optimizer';
import type { NamedVariables } from './parameter-groups';
import { stateOfVariables, type SavedState } from './saved-state';

/** Parameters that are trained in one way. */
export interface SgdGroup {
  parameters: NamedVariables;
  /** λ, added to the gradient as λ θ, of every parameter: weights, biases and batch norm's gains and offsets. */
  weightDecay: number;
  /** What the learning rate is multiplied by; 1 where absent. */
  rateFactor?: number;
}

/** Gradient descent with momentum, each group of parameters with its own weight decay. */
export interface GroupedSgd extends SavedState {
  /** How many numbers `settingsAt` gives. */
  readonly settingsLength: number;
  /** What an update depends on besides the gradients. */
  settingsAt(learningRate: number): Float32Array;
  /**
   * One update of every parameter, in place, for a captured step.
   * @param gradients by parameter name
   * @param settings `[settingsLength]`
   * @returns the norm over all groups; a group whose gradients are not finite stays as it was
   * @throws Error when a parameter has no gradient.
   */
  applyWith(gradients: ReadonlyMap<string, tf.Tensor>, settings: tf.Tensor1D): GradientVerdict;
  /**
   * The parameter that a `nonFinite` greater than 0 stands for.
   * @throws RangeError for a number that stands for none.
   */
  parameterName(nonFinite: number): string;
  dispose(): void;
}

/**
 * SGD with parameter groups, as PyTorch's `SGD` is given them: within a group weight decay acts on all parameters alike, as in
 * the code of Papyan, Han and Donoho (PNAS 2020), not on matrices alone as in `createOptimizer`.
 */
export function createGroupedSgd(
  groups: readonly SgdGroup[],
  { momentum }: { momentum: number },
): GroupedSgd {
  const parts = groups.map(({ parameters, weightDecay, rateFactor = 1 }) => {
    const entries = [...parameters.entries()];
    const variables = entries.map(([, variable]) => variable);
    const total = variables.reduce((sum, { size }) => sum + size, 0);
    return {
      names: entries.map(([name]) => name),
      variables,
      gatherer: new GradientGatherer(variables.map(({ size }) => size)),
      momentum: tf.tidy(() => tf.variable(tf.zeros([total]), false)),
      valuesAt: (learningRate: number) =>
        sgdValues({
          clipNorm: 0,
          learningRate: rateFactor * learningRate,
          momentum,
          weightDecay,
          nesterov: false,
        }),
    };
  });
  const names = parts.flatMap((part) => part.names);
  const settingsAt = (learningRate: number) =>
    Float32Array.from(parts.flatMap(({ valuesAt }) => [...valuesAt(learningRate)]));
  const perGroup = parts[0]?.valuesAt(0).length ?? 0;

  return {
    ...stateOfVariables(parts.map((part) => part.momentum)),
    settingsLength: settingsAt(0).length,
    settingsAt,
    applyWith(gradients, settings) {
      let before = 0;
      const verdicts = parts.map((part, i) => {
        const ordered = part.names.map((name) => {
          const gradient = gradients.get(name);
          if (!gradient) throw new Error(`The parameter "${name}" has no gradient`);
          return gradient;
        });
        const own = tf.slice(settings, i * perGroup, perGroup);
        const { gathered, gradientNorm, nonFinite } = part.gatherer.gather(ordered, own);
        sgdStep(gathered, {
          parameters: part.variables,
          momentum: part.momentum,
          decays: part.variables.map(() => true),
        });
        gathered.dispose();
        const culprit = tf.where<tf.Scalar>(tf.greater(nonFinite, 0), tf.add(nonFinite, before), 0);
        before += part.names.length;
        return { square: tf.square(gradientNorm), culprit };
      });
      return {
        gradientNorm: tf.sqrt(
          verdicts.reduce<tf.Scalar>((sum, { square }) => tf.add(sum, square), tf.scalar(0)),
        ),
        nonFinite: verdicts.reduceRight<tf.Scalar>(
          (later, { culprit }) => tf.where(tf.greater(culprit, 0), culprit, later),
          tf.scalar(0),
        ),
      };
    },
    parameterName(nonFinite) {
      const name = names[nonFinite - 1];
      if (name === undefined)
        throw new RangeError(`${nonFinite} stands for none of ${names.length} parameters`);
      return name;
    },
    dispose() {
      for (const { gatherer, momentum: state } of parts) {
        gatherer.dispose();
        state.dispose();
      }
    },
  };
}
