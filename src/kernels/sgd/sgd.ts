import * as tf from '@tensorflow/tfjs-core';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { requireEqual } from '../rows';
import { defineUpdate } from '../update-kernel';
import wgsl from './sgd.wgsl?raw';

export interface SgdSettings {
  learningRate: number;
  /** μ, 0 for none. */
  momentum: number;
  /** λ, added to the gradient. */
  weightDecay: number;
}

/** The values of the `settings` tensor. */
export const sgdSettings = ({ learningRate, momentum, weightDecay }: SgdSettings): Float32Array =>
  Float32Array.of(learningRate, momentum, weightDecay);

/**
 * One step of gradient descent with momentum on one tensor, in place, as PyTorch's `SGD` without dampening:
 * b ← μ b + g, θ ← θ − lr b, or θ − lr (g + μ b) with Nesterov's look-ahead. `settings` `[3]` comes from `sgdSettings`;
 * gradient, parameter, momentum have one shape; momentum starts at zero.
 */
export const sgdUpdate = defineUpdate<
  'gradient' | 'settings',
  'parameter' | 'momentum',
  { decays: boolean; nesterov: boolean }
>({
  name: 'LabSgd',
  variants: [
    { name: 'portable', wgsl, workgroups: ({ parameter }) => flatWorkgroups(sizeOf(parameter), 64) },
  ],
  reads: ['gradient', 'settings'],
  states: ['parameter', 'momentum'],
  check({ gradient, settings, parameter, momentum }) {
    requireEqual('sgd', 'gradient', gradient, 'parameter', parameter);
    requireEqual('sgd', 'momentum', momentum, 'parameter', parameter);
    requireEqual('sgd', 'settings', settings, 'the list of settings', [3]);
  },
  params: ({ parameter }, { decays, nesterov }) => ({
    size: u32(sizeOf(parameter)),
    decays: u32(decays ? 1 : 0),
    nesterov: u32(nesterov ? 1 : 0),
  }),
  reference({ gradient, settings, parameter, momentum }, { decays, nesterov }) {
    const [rate, mu, lambda] = tf.unstack(settings) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const g = decays ? tf.add(gradient, tf.mul(lambda, parameter)) : gradient;
    const b = tf.add(tf.mul(mu, momentum), g);
    const direction = nesterov ? tf.add(g, tf.mul(mu, b)) : b;
    return { parameter: tf.sub(parameter, tf.mul(rate, direction)), momentum: b };
  },
  cases: ([[1], [7, 3], [5, 131]] as Shape[]).flatMap((shape) =>
    [false, true].map((nesterov) => ({
      shapes: { gradient: shape, settings: [3], parameter: shape, momentum: shape },
      attrs: { decays: !nesterov, nesterov },
    })),
  ),
  tolerance: { value: 1e-5, grad: 0 },
});
