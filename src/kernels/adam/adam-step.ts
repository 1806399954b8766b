import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../../engine/lab-backend';
import { HEAD } from '../gradient-norm/gradient-norm';
import { u32 } from '../kernel';
import { chosenMask, parameterLayout, splitLike } from '../parameter-layout';
import { requireEqual } from '../rows';
import { launchGroups, type GroupKernel } from '../tensor-groups';
import template from './adam-step.wgsl?raw';

/** How weight decay λ acts: not at all, added to the gradient (Adam with L2), or apart from it (AdamW). */
export type Decay = 'none' | 'coupled' | 'decoupled';

export interface AdamHyperparameters {
  /** Norm to clip the gradients to, 0 for never. */
  clipNorm: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

const decayCode: Record<Decay, number> = { none: 0, coupled: 1, decoupled: 2 };

const kernel: GroupKernel = {
  name: 'LabAdam',
  template,
  blocks: (size) => Math.ceil(size / 64),
  // A software adapter goes through the code for every tensor of a launch at least once per workgroup.
  variants: [
    { name: 'portable', blocks: 32 },
    { name: 'fine', blocks: 4 },
  ],
};
noteNativeKernel(kernel.name);

/** The values of `GradientGatherer`'s `settings` for Adam's step `step`, counted from 1. */
export function adamValues(
  { clipNorm, learningRate, beta1, beta2, epsilon, weightDecay }: AdamHyperparameters,
  step: number,
): Float32Array {
  const [c1, c2] = [1 - beta1 ** step, 1 - beta2 ** step];
  return Float32Array.of(clipNorm, learningRate, beta1, beta2, epsilon, weightDecay, c1, c2);
}

/** What one step of Adam changes, and how. */
export interface AdamState {
  parameters: readonly tf.Variable[];
  /** `[2, total]`: m and v of all parameters, end to end; zero before the first step. */
  moments: tf.Variable;
  /** Of each parameter. */
  decay: readonly Decay[];
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) or AdamW (Loshchilov and Hutter 2019, algorithm 2) on all parameters,
 * in place on the lab backend. Nothing changes when the gradients are not finite.
 * @param gathered the gradients in the parameters' order, gathered with settings from `adamValues`
 * @param perLaunch parameters in one launch; by default as many as the device can bind
 * @throws ShapeError unless the moments are `[2, total]`.
 */
export function adamStep(gathered: tf.Tensor1D, state: AdamState, perLaunch?: number): void {
  const { parameters, moments, decay } = state;
  const { offsets, total } = parameterLayout(parameters);
  requireEqual('adam', 'the moments', moments.shape, 'those of all parameters', [2, total]);
  if (tf.getBackend() !== LAB) {
    tf.tidy(() => {
      const results = adamReference(gathered, state);
      for (const [i, parameter] of parameters.entries()) parameter.assign(results.parameters[i] ?? parameter);
      moments.assign(results.moments);
    });
    return;
  }
  launchGroups(
    asLab(tf.backend()),
    kernel,
    { reads: { gathered }, writes: { moments }, tensors: parameters, access: 'write' },
    { total: u32(total) },
    (i) => ({ offset: u32(offsets[i] ?? 0), decay: u32(decayCode[decay[i] ?? 'none']) }),
    perLaunch,
  );
}

/** The new values in plain tfjs, computed on all parameters laid end to end. */
function adamReference(
  gathered: tf.Tensor1D,
  { parameters, moments, decay }: AdamState,
): { parameters: tf.Tensor[]; moments: tf.Tensor } {
  const { total } = parameterLayout(parameters);
  const number = (at: number) => tf.slice(gathered, at, 1);
  const [rate, beta1, beta2, epsilon, lambda, c1, c2] = [2, 3, 4, 5, 6, 7, 8].map(number) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const lambdas = (kind: Decay) =>
    tf.mul(
      lambda,
      chosenMask(parameters, (i) => decay[i] === kind),
    );
  const before = tf.concat(parameters.map((parameter) => tf.reshape(parameter, [-1])));
  let theta: tf.Tensor = before;
  let g = tf.mul(number(1), tf.slice(gathered, HEAD, total));
  if (decay.includes('coupled')) g = tf.add(g, tf.mul(lambdas('coupled'), theta));
  if (decay.includes('decoupled')) theta = tf.sub(theta, tf.mul(tf.mul(rate, lambdas('decoupled')), theta));
  const [m, v] = tf.unstack(moments) as [tf.Tensor, tf.Tensor];
  const mean = tf.add(tf.mul(beta1, m), tf.mul(tf.sub(1, beta1), g));
  const square = tf.add(tf.mul(beta2, v), tf.mul(tf.sub(1, beta2), tf.square(g)));
  const change = tf.div(tf.mul(rate, tf.div(mean, c1)), tf.add(tf.sqrt(tf.div(square, c2)), epsilon));
  const proceeds = tf.cast(number(0), 'bool');
  return {
    parameters: splitLike(tf.where(proceeds, tf.sub(theta, change), before), parameters),
    moments: tf.where(proceeds, tf.stack([mean, square]), moments),
  };
}
