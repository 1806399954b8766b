import * as tf from '@tensorflow/tfjs-core';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { requireEqual } from '../rows';
import { defineUpdate } from '../update-kernel';
import wgsl from './adam.wgsl?raw';

/** How weight decay λ acts: not at all, added to the gradient (Adam with L2), or apart from it (AdamW). */
export type Decay = 'none' | 'coupled' | 'decoupled';

export interface AdamSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

const decayCode: Record<Decay, number> = { none: 0, coupled: 1, decoupled: 2 };

/** The values of the `settings` tensor for step `step`, counted from 1. */
export function adamSettings(settings: AdamSettings, step: number): Float32Array {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = settings;
  return Float32Array.of(
    learningRate,
    beta1,
    beta2,
    epsilon,
    weightDecay,
    1 - beta1 ** step,
    1 - beta2 ** step,
  );
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) or AdamW (Loshchilov and Hutter 2019, algorithm 2) on one tensor,
 * in place. `settings` `[7]` comes from `adamSettings`: it lies on the device so that a captured step can be replayed
 * with another learning rate. gradient, parameter, m, v have one shape; m and v start at zero.
 */
export const adamUpdate = defineUpdate<'gradient' | 'settings', 'parameter' | 'm' | 'v', { decay: Decay }>({
  name: 'LabAdam',
  variants: [
    { name: 'portable', wgsl, workgroups: ({ parameter }) => flatWorkgroups(sizeOf(parameter), 64) },
  ],
  reads: ['gradient', 'settings'],
  states: ['parameter', 'm', 'v'],
  check({ gradient, settings, parameter, m, v }) {
    requireEqual('adam', 'gradient', gradient, 'parameter', parameter);
    requireEqual('adam', 'm', m, 'parameter', parameter);
    requireEqual('adam', 'v', v, 'parameter', parameter);
    requireEqual('adam', 'settings', settings, 'the list of settings', [7]);
  },
  params: ({ parameter }, { decay }) => ({ size: u32(sizeOf(parameter)), decay: u32(decayCode[decay]) }),
  reference({ gradient, settings, parameter, m, v }, { decay }) {
    const [rate, beta1, beta2, epsilon, lambda, c1, c2] = tf.unstack(settings) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const g = decay === 'coupled' ? tf.add(gradient, tf.mul(lambda, parameter)) : gradient;
    const theta =
      decay === 'decoupled' ? tf.sub(parameter, tf.mul(tf.mul(rate, lambda), parameter)) : parameter;
    const mean = tf.add(tf.mul(beta1, m), tf.mul(tf.sub(1, beta1), g));
    const square = tf.add(tf.mul(beta2, v), tf.mul(tf.sub(1, beta2), tf.square(g)));
    const change = tf.div(tf.mul(rate, tf.div(mean, c1)), tf.add(tf.sqrt(tf.div(square, c2)), epsilon));
    return { parameter: tf.sub(theta, change), m: mean, v: square };
  },
  cases: ([[1], [7, 3], [5, 131]] as Shape[]).flatMap((shape) =>
    (['none', 'coupled', 'decoupled'] as const).map((decay) => ({
      shapes: { gradient: shape, settings: [7], parameter: shape, m: shape, v: shape },
      attrs: { decay },
    })),
  ),
  tolerance: { value: 1e-5, grad: 0 },
});
