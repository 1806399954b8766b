import * as tf from '@tensorflow/tfjs-core';
import { flatWorkgroups, sizeOf, u32 } from '../../src/kernels/kernel';
import { requireEqual } from '../../src/kernels/rows';
import { defineUpdate } from '../../src/kernels/update-kernel';

/**
 * The smallest update in place that has a state of its own, for tests of what changes tensors where they lie:
 * b ← μ b + g, θ ← θ − lr b. `settings` `[lr, μ]`; gradient, parameter and momentum have one shape.
 */
export const momentumUpdate = defineUpdate<'gradient' | 'settings', 'parameter' | 'momentum', object>({
  name: 'TestMomentum',
  variants: [
    {
      name: 'portable',
      wgsl: `
        struct Params { size: u32 }
        @group(0) @binding(0) var<storage, read> gradient: array<f32>;
        @group(0) @binding(1) var<storage, read> settings: array<f32>;
        @group(0) @binding(2) var<storage, read_write> parameter: array<f32>;
        @group(0) @binding(3) var<storage, read_write> momentum: array<f32>;
        @group(0) @binding(4) var<uniform> p: Params;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
          let index = id.x;
          if (index >= p.size) { return; }
          let b = settings[1] * momentum[index] + gradient[index];
          momentum[index] = b;
          parameter[index] = parameter[index] - settings[0] * b;
        }`,
      workgroups: ({ parameter }) => flatWorkgroups(sizeOf(parameter), 64),
    },
  ],
  reads: ['gradient', 'settings'],
  states: ['parameter', 'momentum'],
  check({ gradient, parameter, momentum }) {
    requireEqual('momentum', 'gradient', gradient, 'parameter', parameter);
    requireEqual('momentum', 'momentum', momentum, 'parameter', parameter);
  },
  params: ({ parameter }) => ({ size: u32(sizeOf(parameter)) }),
  reference({ gradient, settings, parameter, momentum }) {
    const [rate, mu] = tf.unstack(settings) as [tf.Tensor, tf.Tensor];
    const b = tf.add(tf.mul(mu, momentum), gradient);
    return { parameter: tf.sub(parameter, tf.mul(rate, b)), momentum: b };
  },
  cases: [],
  tolerance: { value: 1e-6, grad: 0 },
});
