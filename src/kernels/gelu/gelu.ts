import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { requireEqual } from '../rows';
import gradient from './gelu-gradient.wgsl?raw';
import gradient4 from './gelu-gradient4.wgsl?raw';
import forward from './gelu.wgsl?raw';
import forward4 from './gelu4.wgsl?raw';

const inverseRoot2 = Math.SQRT1_2;
const inverseRoot2Pi = 1 / Math.sqrt(2 * Math.PI);

/** Φ(x) in plain tfjs. */
const normalCdf = (x: tf.Tensor) => tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, inverseRoot2))));

/** y = x Φ(x) in plain tfjs. */
export const geluReference = (x: tf.Tensor): tf.Tensor => tf.mul(x, normalCdf(x));

/** dy/dx = Φ(x) + x φ(x) in plain tfjs, φ the normal density. */
export function geluSlopeReference(x: tf.Tensor): tf.Tensor {
  const density = tf.mul(inverseRoot2Pi, tf.exp(tf.mul(-0.5, tf.square(x))));
  return tf.add(normalCdf(x), tf.mul(x, density));
}

const cases = [[1], [7], [3, 5, 4], [67, 8], [131]];

const geluGradient = defineKernel<'dy' | 'x', 'dx', object>({
  name: 'LabGeluGradient',
  variants: [
    {
      name: 'fours',
      wgsl: gradient4,
      fits: ({ x }) => sizeOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(sizeOf(x) / 4, 64),
    },
    { name: 'portable', wgsl: gradient, workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) },
  ],
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  shape({ dy, x }) {
    requireEqual('geluGradient', 'dy', dy, 'x', x);
    return { dx: x };
  },
  params: ({ x }) => ({ size: u32(sizeOf(x)) }),
  reference: ({ dy, x }) => ({ dx: tf.mul(dy, geluSlopeReference(x)) }),
  cases: cases.map((x) => ({ shapes: { dy: x, x }, attrs: {} })),
  tolerance: { value: 1e-6, grad: 1e-5 },
});

const geluKernel = defineKernel<'x', 'y', object>({
  name: 'LabGelu',
  variants: [
    {
      name: 'fours',
      wgsl: forward4,
      fits: ({ x }) => sizeOf(x) % 4 === 0,
      workgroups: ({ x }) => flatWorkgroups(sizeOf(x) / 4, 64),
    },
    { name: 'portable', wgsl: forward, workgroups: ({ x }) => flatWorkgroups(sizeOf(x), 64) },
  ],
  inputs: ['x'],
  outputs: ['y'],
  shape: ({ x }) => ({ y: x }),
  params: ({ x }) => ({ size: u32(sizeOf(x)) }),
  gradient: {
    saves: ['x'],
    backward: ({ y: dy }, { x }) => ({ x: () => geluGradient({ dy, x }, {}).dx }),
  },
  reference: ({ x }) => ({ y: geluReference(x) }),
  cases: cases.map((x) => ({ shapes: { x }, attrs: {} })),
  tolerance: { value: 1e-6, grad: 1e-5 },
});

/**
 * Gaussian error linear unit, the exact one: y = x Φ(x) = ½ x (1 + erf(x / √2)), as in Hendrycks and Gimpel (2016), not
 * its tanh approximation. Differentiable once.
 * @param x any shape, for instance `[batch, tokens, width]`
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return geluKernel({ x }, {}).y as T;
}
