import * as tf from '@tensorflow/tfjs-core';
import type { PhiloxKey } from '../../math/philox';
import { streamWords, UNIFORM_BITS, uniformOf } from '../../math/philox-stream';
import { defineKernel, type Op } from '../define-kernel';
import { f32, flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { stepAtHand } from '../random/at-hand';
import type { DeviceRng } from '../random/device-rng';
import { withPhilox } from '../random/with-philox';
import { requireEqual } from '../rows';
import dropout1 from './dropout.wgsl?raw';
import dropout4 from './dropout4.wgsl?raw';

interface Dropped {
  probability: number;
  key: PhiloxKey;
}

const workgroups = ({ x }: { x: Shape }) => flatWorkgroups(Math.ceil(sizeOf(x) / 4), 64);

const dropoutKernel: Op<'x' | 'step', 'y', Dropped> = defineKernel<'x' | 'step', 'y', Dropped>({
  name: 'LabDropout',
  variants: [
    { name: 'fours', wgsl: withPhilox(dropout4), fits: ({ x }) => sizeOf(x) % 4 === 0, workgroups },
    { name: 'portable', wgsl: withPhilox(dropout1), workgroups },
  ],
  inputs: ['x', 'step'],
  outputs: ['y'],
  integers: ['step'],
  shape({ x, step }) {
    requireEqual('dropout', 'step', step, 'one number', [1]);
    return { y: x };
  },
  params: ({ x }, { probability, key }) => ({
    size: u32(sizeOf(x)),
    key0: u32(key[0]),
    key1: u32(key[1]),
    threshold: u32(Math.ceil(probability * 2 ** UNIFORM_BITS)),
    scale: f32(1 / (1 - probability)),
  }),
  gradient: {
    // The mask is drawn again rather than kept: dx = dy · mask / (1 − p) is the same operation.
    saves: ['step'],
    backward: ({ y: dy }, { step }, attrs) => ({ x: () => dropoutKernel({ x: dy, step }, attrs).y }),
  },
  reference({ x, step }, { probability, key }) {
    const factors = new Float32Array(x.size);
    for (const [i, word] of streamWords(key, stepAtHand(step), x.size).entries())
      if (uniformOf(word) >= probability) factors[i] = 1 / (1 - probability);
    return { y: tf.mul(x, tf.tensor(factors, x.shape)) };
  },
  cases: ([[1], [3, 7], [4, 64], [257], [2, 5, 131]] as Shape[]).flatMap((x) =>
    [0.1, 0.5].map((probability) => ({
      shapes: { x, step: [1] },
      attrs: { probability, key: [0xa4093822, 0x299f31d0] as const },
      below: 1000,
    })),
  ),
  tolerance: { value: 1e-6, grad: 1e-6 },
});

/**
 * Inverted dropout (Srivastava et al., JMLR 2014): y = x · mask / (1 − p), where mask is 0 with probability p and 1
 * otherwise, so that the mean of y is x. Element i is dropped where number i of `randomUniform` of the same stream lies
 * below p; the gradient draws the mask again. With p = 0 it is x itself.
 * @param x any shape
 * @param probability p, in [0, 1)
 * @throws RangeError for another probability.
 */
export function dropout<T extends tf.Tensor>(x: T, probability: number, { key, step }: DeviceRng): T {
  if (!(probability >= 0 && probability < 1))
    throw new RangeError(`A share of ${probability} cannot be dropped: it lies outside [0, 1).`);
  return probability === 0 ? x : (dropoutKernel({ x, step }, { probability, key }).y as T);
}
