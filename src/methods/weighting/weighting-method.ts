import type * as tf from '@tensorflow/tfjs-core';
import type { DeviceRng } from '../../kernels/random/device-rng';
import type { Rng } from '../../math/rng';
import type { Gramian } from './gramian';

/**
 * Every method turns what a step knows of its K tasks into one weight per task, and the shared parameters then move along
 * Σₖ wₖ ∇Lₖ. The weights are numbers: no gradient flows through them, whatever they were computed from. On the device they
 * have to be detached, or UW-O, whose Lₖ ∕ sg[Lₖ] is 1 for any Lₖ, would have no gradient at all.
 *
 * Losses are means over the batch, in float64, `[tasks]`. A loss that is NaN or infinite is no error here: it shows in what
 * the step does with it.
 */

/**
 * What a method keeps from step to step: plain data, so that a checkpoint can hold it. A method returns a new state and
 * leaves the one it was given as it was. Of a method that keeps nothing it is empty.
 */
export type WeightingState = Readonly<Record<string, Float64Array>>;

/** A state with parameters that are trained as the network's are, but never decay. */
export type LearnedState = WeightingState & {
  /** `[tasks]` */
  readonly learned: Float64Array;
};

/** Where in the training a step stands. */
export interface StepContext {
  /** Counted from 0; may stay the same from step to step and may leave numbers out, but never goes back. */
  epoch: number;
  /** Random numbers of this step alone, for example `rng.fork('step 17')`, so that a step can be done again. */
  rng: Rng;
}

/** The same, with the gradients of the tasks. */
export interface GradientContext extends StepContext {
  /** Of the gradients of the losses with respect to the shared parameters. */
  gramian: Gramian;
}

/** What comes of a step. */
export interface Weighed<State> {
  /** wₖ, `[tasks]`. */
  weights: Float64Array;
  /** For the next step. */
  state: State;
}

/** What comes of a step of a method that learns. The parameters in `state` are still those the weights were made of. */
export interface LearnedWeighed<State> extends Weighed<State & LearnedState> {
  /** What the parameters are trained to make small; it may be negative. */
  objective: number;
  /** Of the objective with respect to the parameters, `[tasks]`: for the network's optimizer, or for `descend`. */
  gradient: Float64Array;
}

/** What a step on the device knows besides its losses. */
export interface DeviceContext {
  /** `[tasks]`; null of a method that learns nothing. */
  learned: tf.Tensor1D | null;
  /** A stream of this step alone. */
  rng: DeviceRng;
}

/**
 * The same method in float32 within the step itself, so that no loss is read back: a captured step replays it. What is read
 * from anywhere but the arguments is fixed when the step is captured. A loss of NaN has a weight that is NaN, and
 * so has the weighted loss.
 */
export interface DeviceWeighting {
  /**
   * wₖ, `[tasks]`, the caller's to dispose.
   * @param losses `[tasks]`, detached
   */
  weights(losses: tf.Tensor1D, at: DeviceContext): tf.Tensor1D;
}

/** The same for a method with parameters to learn. */
export interface LearnedDeviceWeighting extends DeviceWeighting {
  /** Of the objective with respect to the parameters, `[tasks]`, the caller's to dispose. */
  gradient(losses: tf.Tensor1D, learned: tf.Tensor1D): tf.Tensor1D;
}

/** @throws Error when the parameters that a method learns are not there. */
export function requireLearned(method: string, { learned }: DeviceContext): tf.Tensor1D {
  if (!learned) throw new Error(`${method} weighs by what it has learnt, and was not given it`);
  return learned;
}

/** A method that looks at the losses only. */
export interface LossWeighting<State extends WeightingState = WeightingState> {
  readonly reads: 'losses';
  readonly learns: false;
  /** Absent where a step's weights come from other steps. */
  readonly onDevice?: DeviceWeighting;
  /** @param tasks K */
  initial(tasks: number): State;
  weigh(losses: Float64Array, state: State, context: StepContext): Weighed<State>;
}

/** A method that looks at the losses only and has parameters to learn. */
export interface LearnedLossWeighting<State extends WeightingState = WeightingState> {
  readonly reads: 'losses';
  readonly learns: true;
  readonly onDevice?: LearnedDeviceWeighting;
  initial(tasks: number): State & LearnedState;
  weigh(losses: Float64Array, state: State, context: StepContext): LearnedWeighed<State>;
}

/** A method that looks at the gradients of the tasks as well. */
export interface GradientWeighting<State extends WeightingState = WeightingState> {
  readonly reads: 'gradients';
  readonly learns: false;
  /** The Gramian is read back. */
  readonly onDevice?: undefined;
  initial(tasks: number): State;
  weigh(losses: Float64Array, state: State, context: GradientContext): Weighed<State>;
}

/** A method that looks at the gradients of the tasks as well and has parameters to learn. */
export interface LearnedGradientWeighting<State extends WeightingState = WeightingState> {
  readonly reads: 'gradients';
  readonly learns: true;
  readonly onDevice?: undefined;
  initial(tasks: number): State & LearnedState;
  weigh(losses: Float64Array, state: State, context: GradientContext): LearnedWeighed<State>;
}

/** Any of them. Called without knowing which, it takes what the most demanding need. */
export type WeightingMethod =
  LossWeighting | LearnedLossWeighting | GradientWeighting | LearnedGradientWeighting;

/** One step of plain gradient descent on the parameters of a method: p ← p − rate · ∂objective ∕ ∂p. */
export const descend = <State>(
  { state, gradient }: LearnedWeighed<State>,
  rate: number,
): State & LearnedState => ({
  ...state,
  learned: state.learned.map((value, k) => value - rate * (gradient[k] ?? NaN)),
});
