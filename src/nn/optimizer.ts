import * as tf from '@tensorflow/tfjs-core';
import { adamSettings, adamUpdate } from '../kernels/adam/adam';
import { sgdSettings, sgdUpdate } from '../kernels/sgd/sgd';
import type { Parameters } from './parameters';

export interface OptimizerSettings {
  kind: 'adam' | 'adamw' | 'sgd';
  /** Decoupled for AdamW, added to the gradient for Adam and SGD; see `decays`. */
  weightDecay: number;
  /** Of SGD. */
  momentum: number;
}

/** Changes parameters by their gradients, in place. Its state stays on the device. */
export interface Optimizer {
  /**
   * One update of every parameter.
   * @param gradients by parameter name
   * @param learningRate of this step
   * @throws Error when a parameter has no gradient.
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void;
  /** How many numbers `settingsAt` gives. */
  readonly settingsLength: number;
  /**
   * What the update of step `step`, counted from 1, depends on besides the gradients.
   * @param learningRate of this step
   */
  settingsAt(step: number, learningRate: number): Float32Array;
  /**
   * The same update with settings that lie on the device, for a captured step: nothing in it depends on a number here.
   * @param settings `[settingsLength]`, from `settingsAt`
   * @throws Error when a parameter has no gradient.
   */
  applyWith(gradients: ReadonlyMap<string, tf.Tensor>, settings: tf.Tensor1D): void;
  dispose(): void;
}

/** Adam's constants as Kingma and Ba (ICLR 2015) recommend them. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** Weight decay acts on weight matrices only, as is usual for transformers: not on biases, norms or embeddings. */
const decays = (name: string): boolean => name.endsWith('.weight');

/**
 * Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or SGD with momentum, as PyTorch defines them.
 */
export function createOptimizer(parameters: Parameters, settings: OptimizerSettings): Optimizer {
  const state: tf.Variable[] = [];
  const stateLike = (parameter: tf.Variable): tf.Variable => {
    const zeros = tf.zerosLike(parameter);
    const variable = tf.variable(zeros, false);
    zeros.dispose();
    state.push(variable);
    return variable;
  };
  const { weightDecay, momentum, kind } = settings;
  let step = 0;

  const updates = [...parameters.entries()].map(([name, parameter]) => {
    const decay = decays(name) && weightDecay > 0;
    if (kind === 'sgd') {
      const buffer = stateLike(parameter);
      return (gradient: tf.Tensor, hyper: tf.Tensor) =>
        sgdUpdate(
          { gradient, settings: hyper },
          { parameter, momentum: buffer },
          { decays: decay, nesterov: false },
        );
    }
    const [m, v] = [stateLike(parameter), stateLike(parameter)];
    const how = !decay ? 'none' : kind === 'adamw' ? 'decoupled' : 'coupled';
    return (gradient: tf.Tensor, hyper: tf.Tensor) =>
      adamUpdate({ gradient, settings: hyper }, { parameter, m, v }, { decay: how });
  });
  const names = [...parameters.entries()].map(([name]) => name);

  const settingsAt = (step: number, learningRate: number): Float32Array =>
    kind === 'sgd'
      ? sgdSettings({ learningRate, momentum, weightDecay })
      : adamSettings({ learningRate, beta1: BETA_1, beta2: BETA_2, epsilon: EPSILON, weightDecay }, step);

  const applyWith = (gradients: ReadonlyMap<string, tf.Tensor>, hyper: tf.Tensor1D): void => {
    for (const [i, update] of updates.entries()) {
      const gradient = gradients.get(names[i] ?? '');
      if (!gradient) throw new Error(`The parameter "${names[i] ?? ''}" has no gradient`);
      update(gradient, hyper);
    }
  };

  return {
    apply(gradients, learningRate) {
      step++;
      const hyper = tf.tensor1d(settingsAt(step, learningRate));
      applyWith(gradients, hyper);
      hyper.dispose();
    },
    settingsLength: settingsAt(1, 0).length,
    settingsAt,
    applyWith,
    dispose() {
      tf.dispose(state);
      state.length = 0;
    },
  };
}
