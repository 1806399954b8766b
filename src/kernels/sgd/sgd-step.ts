import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../../engine/lab-backend';
import { HEAD } from '../gradient-norm/gradient-norm';
import { u32 } from '../kernel';
import { chosenMask, parameterLayout, splitLike } from '../parameter-layout';
import { requireEqual } from '../rows';
import { launchGroups, type GroupKernel } from '../tensor-groups';
import template from './sgd-step.wgsl?raw';

export interface SgdHyperparameters {
  /** Norm to clip the gradients to, 0 for never. */
  clipNorm: number;
  learningRate: number;
  /** μ, 0 for none. */
  momentum: number;
  /** λ, added to the gradient. */
  weightDecay: number;
  /** Whether to look ahead. */
  nesterov: boolean;
}

const kernel: GroupKernel = {
  name: 'LabSgd',
  template,
  blocks: (size) => Math.ceil(size / 64),
  // A software adapter goes through the code for every tensor of a launch at least once per workgroup.
  variants: [
    { name: 'portable', blocks: 32 },
    { name: 'fine', blocks: 4 },
  ],
};
noteNativeKernel(kernel.name);

/** The values of `GradientGatherer`'s `settings` for gradient descent. */
export const sgdValues = ({
  clipNorm,
  learningRate,
  momentum,
  weightDecay,
  nesterov,
}: SgdHyperparameters): Float32Array =>
  Float32Array.of(clipNorm, learningRate, momentum, weightDecay, nesterov ? 1 : 0);

/** What one step of gradient descent changes, and how. */
export interface SgdState {
  parameters: readonly tf.Variable[];
  /** `[total]`: b of all parameters, end to end; zero before the first step. */
  momentum: tf.Variable;
  /** Of each parameter: whether weight decay acts on it. */
  decays: readonly boolean[];
}

/**
 * One step of gradient descent with momentum on all parameters, in place on the lab backend, as PyTorch's `SGD` without
 * dampening: g ← g + λθ, b ← μ b + g, which makes the first b the first g, θ ← θ − lr b, or θ − lr (g + μ b) with
 * Nesterov's look-ahead. Nothing changes when the gradients are not finite.
 * @param gathered the gradients in the parameters' order, gathered with settings from `sgdValues`
 * @param perLaunch parameters in one launch; by default as many as the device can bind
 * @throws ShapeError unless the momentum is `[total]`.
 */
export function sgdStep(gathered: tf.Tensor1D, state: SgdState, perLaunch?: number): void {
  const { parameters, momentum, decays } = state;
  const { offsets, total } = parameterLayout(parameters);
  requireEqual('sgd', 'the momentum', momentum.shape, 'that of all parameters', [total]);
  if (tf.getBackend() !== LAB) {
    tf.tidy(() => {
      const results = sgdReference(gathered, state);
      for (const [i, parameter] of parameters.entries()) parameter.assign(results.parameters[i] ?? parameter);
      momentum.assign(results.momentum);
    });
    return;
  }
  launchGroups(
    asLab(tf.backend()),
    kernel,
    { reads: { gathered }, writes: { momentum }, tensors: parameters, access: 'write' },
    {},
    (i) => ({ offset: u32(offsets[i] ?? 0), decays: u32(decays[i] ? 1 : 0) }),
    perLaunch,
  );
}

/** The new values in plain tfjs, computed on all parameters laid end to end. */
function sgdReference(
  gathered: tf.Tensor1D,
  { parameters, momentum, decays }: SgdState,
): { parameters: tf.Tensor[]; momentum: tf.Tensor } {
  const { total } = parameterLayout(parameters);
  const number = (at: number) => tf.slice(gathered, at, 1);
  const [rate, mu, lambda] = [number(2), number(3), number(4)];
  const theta = tf.concat(parameters.map((parameter) => tf.reshape(parameter, [-1])));
  let g = tf.mul(number(1), tf.slice(gathered, HEAD, total));
  if (decays.includes(true)) {
    const lambdas = tf.mul(
      lambda,
      chosenMask(parameters, (i) => decays[i] ?? false),
    );
    g = tf.add(g, tf.mul(lambdas, theta));
  }
  const b = tf.add(tf.mul(mu, momentum), g);
  const ahead = tf.add(g, tf.mul(mu, b));
  const direction = tf.where(tf.cast(number(5), 'bool'), ahead, b);
  const proceeds = tf.cast(number(0), 'bool');
  return {
    parameters: splitLike(tf.where(proceeds, tf.sub(theta, tf.mul(rate, direction)), theta), parameters),
    momentum: tf.where(proceeds, b, momentum),
  };
}
