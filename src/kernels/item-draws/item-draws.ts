import * as tf from '@tensorflow/tfjs-core';
import { multiplyHigh, philox4x32, type PhiloxKey } from '../../math/philox';
import { normalsOf, uniformOf } from '../../math/philox-stream';
import { defineKernel } from '../define-kernel';
import { f32, flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { stepAtHand, valuesAtHand } from '../random/at-hand';
import type { DeviceRng } from '../random/device-rng';
import { withNormals, withPhilox } from '../random/with-philox';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import drawsWgsl from './item-draws.wgsl?raw';
import noiseWgsl from './item-noise.wgsl?raw';

/** How many whole numbers each of an item's four draws chooses from. */
export type Bounds = readonly [number, number, number, number];

/** WebGPU promises as many workgroups along one dimension. */
const MOST_ITEMS = 65_535;

function requireItems(kernel: string, { indices, step }: { indices: Shape; step: Shape }): number {
  const [batch = 0] = indices;
  if (indices.length !== 1 || batch > MOST_ITEMS)
    throw new ShapeError(`${kernel}: indices ${shapeText(indices)} are no list of at most ${MOST_ITEMS}`);
  requireEqual(kernel, 'step', step, 'one number', [1]);
  return batch;
}

/** The words of an item's block, as every shader here draws them. */
const wordsOf = (key: PhiloxKey, item: number, step: number, block = 0) =>
  philox4x32([block, item >>> 0, step >>> 0, 0], key);

const drawsKernel = defineKernel<'indices' | 'step', 'below' | 'uniform', { key: PhiloxKey; bounds: Bounds }>(
  {
    name: 'LabItemDraws',
    variants: [
      {
        name: 'portable',
        wgsl: withPhilox(drawsWgsl),
        workgroups: ({ indices }) => flatWorkgroups(sizeOf(indices), 64),
      },
    ],
    inputs: ['indices', 'step'],
    outputs: ['below', 'uniform'],
    integers: ['indices', 'step', 'below'],
    shape(shapes) {
      const batch = requireItems('itemDraws', shapes);
      return { below: [batch, 4], uniform: [batch, 4] };
    },
    params: ({ indices }, { key, bounds }) => ({
      batch: u32(sizeOf(indices)),
      key0: u32(key[0]),
      key1: u32(key[1]),
      bound0: u32(bounds[0]),
      bound1: u32(bounds[1]),
      bound2: u32(bounds[2]),
      bound3: u32(bounds[3]),
    }),
    reference({ indices, step }, { key, bounds }) {
      const at = stepAtHand(step);
      const words = Array.from(valuesAtHand(indices), (item) => wordsOf(key, item, at)).flat();
      const shape: [number, number] = [indices.size, 4];
      const below = words.map((word, i) => multiplyHigh(word, bounds[i % 4] ?? 0));
      return {
        below: tf.tensor2d(Int32Array.from(below), shape, 'int32'),
        uniform: tf.tensor2d(Float32Array.from(words, uniformOf), shape),
      };
    },
    cases: [1, 5, 67, 257].map((batch) => ({
      shapes: { indices: [batch], step: [1] },
      attrs: { key: [0xa4093822, 0x299f31d0], bounds: [1, 9, 60_000, 2 ** 31 - 1] } as const,
      below: 60_000,
    })),
    tolerance: { value: 0, grad: 0 },
  },
);

const noiseKernel = defineKernel<'x' | 'indices' | 'step', 'y', { key: PhiloxKey; deviation: number }>({
  name: 'LabItemNoise',
  variants: [
    {
      name: 'portable',
      wgsl: withNormals(noiseWgsl),
      workgroups: ({ x }) => [Math.ceil(sizeOf(x.slice(1)) / 4 / 64), x[0] ?? 0, 1],
    },
  ],
  inputs: ['x', 'indices', 'step'],
  outputs: ['y'],
  integers: ['indices', 'step'],
  shape({ x, ...shapes }) {
    const batch = requireItems('addItemNoise', shapes);
    if (x[0] !== batch) throw new ShapeError(`addItemNoise: ${shapeText(x)} are no values of ${batch} items`);
    return { y: x };
  },
  params: ({ x }, { key, deviation }) => ({
    size: u32(sizeOf(x.slice(1))),
    key0: u32(key[0]),
    key1: u32(key[1]),
    deviation: f32(deviation),
  }),
  reference({ x, indices, step }, { key, deviation }) {
    const size = sizeOf(x.shape.slice(1));
    const at = stepAtHand(step);
    const normals = Array.from(valuesAtHand(indices), (item) =>
      Array.from({ length: Math.ceil(size / 4) }, (_, block) => {
        const [w0, w1, w2, w3] = wordsOf(key, item, at, block);
        return [...normalsOf(w0, w1), ...normalsOf(w2, w3)];
      })
        .flat()
        .slice(0, size),
    );
    return { y: tf.add(x, tf.mul(tf.tensor(Float32Array.from(normals.flat()), x.shape), deviation)) };
  },
  cases: ([[1], [3, 7], [67, 4, 2], [2, 257], [2, 5, 131]] as Shape[]).map((x) => ({
    shapes: { x, indices: x.slice(0, 1), step: [1] },
    attrs: { key: [0xa4093822, 0x299f31d0] as const, deviation: 0.7 },
    below: 60_000,
  })),
  tolerance: { value: 1e-5, grad: 0 },
});

/**
 * Four random numbers for each item of a batch, that depend on the stream, its step and the item's index alone, not on its
 * place in the batch: at a step of its own an item of the test split is always treated alike, however it is batched. Item n
 * draws from counter [0, n, step, 0].
 * @param indices int32 `[batch]`
 * @param bounds of the whole numbers; a draw is ⌊word · bound / 2³²⌋
 * @returns below int32 `[batch, 4]`, draw j in [0, bounds[j]), and uniform `[batch, 4]` in [0, 1), both of the same words
 * @throws ShapeError unless the indices are a list.
 */
export function itemDraws(
  indices: tf.Tensor1D,
  { key, step }: DeviceRng,
  bounds: Bounds = [1, 1, 1, 1],
): { below: tf.Tensor2D; uniform: tf.Tensor2D } {
  const { below, uniform } = drawsKernel({ indices, step }, { key, bounds });
  return { below: below as tf.Tensor2D, uniform: uniform as tf.Tensor2D };
}

/**
 * Values of items with normal noise that depends on the stream, its step and the item's index alone: x + σ ε, where number v
 * of item n's ε is number v mod 4 of counter [⌊v / 4⌋, n, step, 0] (`normalsOf`). Not differentiable.
 * @param x `[batch, …]`
 * @param indices int32 `[batch]`
 * @param deviation σ
 * @throws ShapeError unless there is an index for each item.
 */
export const addItemNoise = <T extends tf.Tensor>(
  x: T,
  indices: tf.Tensor1D,
  { key, step }: DeviceRng,
  deviation: number,
): T => noiseKernel({ x, indices, step }, { key, deviation }).y as T;
