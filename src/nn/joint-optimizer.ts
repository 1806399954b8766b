import * as tf from '@tensorflow/tfjs-core';
import { createOptimizer, type Optimizer, type OptimizerSettings } from './optimizer';
import type { NamedVariables } from './parameter-groups';
import { joinStates, type SavedState } from './saved-state';

/** Some of a model's parameters with settings of their own. */
export interface OptimizerPart {
  parameters: NamedVariables;
  settings: OptimizerSettings;
  /** Factor on the learning rate of the step. */
  rateFactor: number;
}

/** What a captured training step, and its checkpoint, need of an optimizer. */
export type StepOptimizer = SavedState &
  Pick<Optimizer, 'settingsLength' | 'settingsAt' | 'applyWith' | 'parameterName' | 'dispose'>;

/**
 * Several optimizers as one, each for its part of the parameters: Adam for a model and SGD for its first layer. Norms are
 * clipped, and gradients found not to be finite, part by part: a part whose gradients are finite takes its step.
 * @param parts with no parameter in common
 */
export function createJointOptimizer(parts: readonly OptimizerPart[]): StepOptimizer {
  const members = parts.map(({ parameters, settings, rateFactor }) => ({
    optimizer: createOptimizer(parameters, settings),
    count: [...parameters.entries()].length,
    rateFactor,
  }));
  const settingsLength = members.reduce((sum, { optimizer }) => sum + optimizer.settingsLength, 0);
  return {
    ...joinStates(Object.fromEntries(members.map(({ optimizer }, i) => [`part${i + 1}`, optimizer]))),
    settingsLength,
    settingsAt(step, learningRate) {
      const all = members.map(({ optimizer, rateFactor }) =>
        optimizer.settingsAt(step, rateFactor * learningRate),
      );
      return Float32Array.from(all.flatMap((settings) => [...settings]));
    },
    applyWith(gradients, settings) {
      return tf.tidy(() => {
        let from = 0;
        let before = 0;
        let squares: tf.Scalar = tf.scalar(0);
        let nonFinite: tf.Scalar = tf.scalar(0);
        for (const { optimizer, count } of members) {
          const verdict = optimizer.applyWith(
            gradients,
            tf.slice(settings, [from], [optimizer.settingsLength]),
          );
          squares = tf.add<tf.Scalar>(squares, tf.square(verdict.gradientNorm));
          // The first part that has one decides; its numbers go on where those of the parts before end.
          const numbered = tf.add<tf.Scalar>(verdict.nonFinite, before);
          const isNew = tf.logicalAnd(tf.equal(nonFinite, 0), tf.greater(verdict.nonFinite, 0));
          nonFinite = tf.where(isNew, numbered, nonFinite);
          from += optimizer.settingsLength;
          before += count;
        }
        return { gradientNorm: tf.sqrt(squares), nonFinite };
      });
    },
    parameterName(nonFinite) {
      let rest = nonFinite;
      for (const { optimizer, count } of members) {
        if (rest <= count) return optimizer.parameterName(rest);
        rest -= count;
      }
      throw new RangeError(`${nonFinite} stands for no parameter`);
    },
    dispose() {
      for (const { optimizer } of members) optimizer.dispose();
    },
  };
}
