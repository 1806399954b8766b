import * as tf from '@tensorflow/tfjs-core';
import type { NamedArray } from '../data/safetensors';
import { overwrite } from '../engine/overwrite';
import { adamStep, adamValues, type Decay } from '../kernels/adam/adam-step';
import { GradientGatherer } from '../kernels/gradient-norm/gradient-norm';
import { requireEqual } from '../kernels/rows';
import { sgdStep, sgdValues } from '../kernels/sgd/sgd-step';
import { floatsFor } from './parameters';
import type { NamedVariables } from './parameter-groups';

export interface OptimizerSettings {
  kind: 'adam' | 'adamw' | 'sgd';
  /** Decoupled for AdamW, added to the gradient for Adam and SGD; see `decays`. */
  weightDecay: number;
  /** Of SGD. */
  momentum: number;
  /** Of SGD: Nesterov's look-ahead. Without momentum it changes nothing. */
  nesterov?: boolean;
  /** Norm that all gradients together are clipped to; 0, or left out: never. */
  clipNorm?: number;
}

/** What one update saw, on the device. */
export type GradientVerdict = {
  /** √Σ g² over all gradients, before clipping. */
  gradientNorm: tf.Scalar;
  /**
   * 0 where all gradients are finite. Otherwise nothing was changed, and this is the number, counted from 1, of the first
   * parameter, in the order of creation, up to whose gradient Σ g² is not finite: see `parameterName`.
   */
  nonFinite: tf.Scalar;
};

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
   * @returns tensors of the caller's own
   * @throws Error when a parameter has no gradient.
   * @throws ShapeError when a gradient has another shape than its parameter.
   */
  applyWith(gradients: ReadonlyMap<string, tf.Tensor>, settings: tf.Tensor1D): GradientVerdict;
  /**
   * The parameter that a `nonFinite` greater than 0 stands for.
   * @throws RangeError for a number that stands for none.
   */
  parameterName(nonFinite: number): string;
  /** What it remembers of the steps so far. How many those were, the caller knows. */
  toArrays(): Promise<Map<string, NamedArray>>;
  /**
   * Goes on from there, where its state lies: a step captured before sees it too.
   * @throws DataError, having changed nothing, when the arrays are not of this kind of optimizer and as many parameters.
   */
  assign(arrays: ReadonlyMap<string, NamedArray>): void;
  dispose(): void;
}

/** Adam's constants as Kingma and Ba (ICLR 2015) recommend them. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** Weight decay acts on weight matrices only, as is usual for transformers: not on biases, norms or embeddings. */
const decays = (name: string): boolean => name.endsWith('.weight');

/**
 * Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) or SGD with momentum (Nesterov's or the plain one), as
 * PyTorch defines them, after clipping as `torch.nn.utils.clip_grad_norm_` does it. The parameters are those that exist
 * now; all of a model's, or some of them.
 */
export function createOptimizer(parameters: NamedVariables, settings: OptimizerSettings): Optimizer {
  const { kind, weightDecay, momentum, nesterov = false, clipNorm = 0 } = settings;
  const entries = [...parameters.entries()];
  const [names, variables] = [entries.map(([name]) => name), entries.map(([, variable]) => variable)];
  const total = variables.reduce((sum, { size }) => sum + size, 0);
  const gatherer = new GradientGatherer(variables.map(({ size }) => size));
  const decaying = names.map((name) => decays(name) && weightDecay > 0);
  const state = zeroVariable(kind === 'sgd' ? [total] : [2, total]);
  const stateName = kind === 'sgd' ? 'momentum' : 'moments';
  const decay = decaying.map((acts): Decay => (!acts ? 'none' : kind === 'adamw' ? 'decoupled' : 'coupled'));
  let step = 0;

  const settingsAt = (step: number, learningRate: number): Float32Array =>
    kind === 'sgd'
      ? sgdValues({ clipNorm, learningRate, momentum, weightDecay, nesterov })
      : adamValues(
          { clipNorm, learningRate, beta1: BETA_1, beta2: BETA_2, epsilon: EPSILON, weightDecay },
          step,
        );

  const applyWith = (gradients: ReadonlyMap<string, tf.Tensor>, values: tf.Tensor1D): GradientVerdict => {
    const ordered = names.map((name, i) => {
      const gradient = gradients.get(name);
      if (!gradient) throw new Error(`The parameter "${name}" has no gradient`);
      requireEqual(
        'the optimizer',
        `the gradient of ${name}`,
        gradient.shape,
        'the parameter',
        variables[i]?.shape ?? [],
      );
      return gradient;
    });
    const { gathered, gradientNorm, nonFinite } = gatherer.gather(ordered, values);
    if (kind === 'sgd') sgdStep(gathered, { parameters: variables, momentum: state, decays: decaying });
    else adamStep(gathered, { parameters: variables, moments: state, decay });
    gathered.dispose();
    return { gradientNorm, nonFinite };
  };

  return {
    apply(gradients, learningRate) {
      step++;
      tf.tidy(() => {
        applyWith(gradients, tf.tensor1d(settingsAt(step, learningRate)));
      });
    },
    settingsLength: settingsAt(1, 0).length,
    settingsAt,
    applyWith,
    parameterName(nonFinite) {
      const name = names[nonFinite - 1];
      if (name === undefined)
        throw new RangeError(`${nonFinite} stands for none of ${names.length} parameters`);
      return name;
    },
    async toArrays() {
      return new Map([[stateName, { shape: state.shape, values: await state.data<'float32'>() }]]);
    },
    assign(arrays) {
      overwrite(state, floatsFor(stateName, state.shape, arrays.get(stateName)));
    },
    dispose() {
      gatherer.dispose();
      state.dispose();
    },
  };
}

function zeroVariable(shape: number[]): tf.Variable {
  const zeros = tf.zeros(shape);
  const variable = tf.variable(zeros, false);
  zeros.dispose();
  return variable;
}
