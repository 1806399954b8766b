import * as tf from '@tensorflow/tfjs-core';
import type { PhiloxKey } from '../../math/philox';
import { normalsOf, streamWords, uniformOf } from '../../math/philox-stream';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { requireEqual } from '../rows';
import { stepAtHand } from './at-hand';
import type { DeviceRng } from './device-rng';
import wgsl from './random.wgsl?raw';
import { withNormals } from './with-philox';

interface Draw {
  shape: Shape;
  key: PhiloxKey;
}

const cases = ([[1], [4], [3, 7], [257], [5, 131]] as Shape[]).flatMap((shape) => [
  { shapes: { step: [1] }, attrs: { shape, key: [0, 0] }, below: 2 } as const,
  { shapes: { step: [1] }, attrs: { shape, key: [0xa4093822, 0x299f31d0] }, below: 2 ** 31 } as const,
]);

/** One of the three ways to give a stream's words, which differ in what becomes of the words only. */
const defineDraw = (
  name: string,
  kind: number,
  dtype: 'float32' | 'int32',
  tolerance: number,
  valuesOf: (words: Uint32Array, size: number) => Float32Array | Int32Array,
) =>
  defineKernel<'step', 'y', Draw>({
    name,
    variants: [
      {
        name: 'portable',
        wgsl: withNormals(wgsl),
        constants: () => ({ kind }),
        workgroups: ({ y }) => flatWorkgroups(Math.ceil(sizeOf(y) / 4), 64),
      },
    ],
    inputs: ['step'],
    outputs: ['y'],
    integers: dtype === 'int32' ? ['step', 'y'] : ['step'],
    shape({ step }, { shape }) {
      requireEqual(name, 'step', step, 'one number', [1]);
      return { y: shape };
    },
    params: ({ y }, { key }) => ({ size: u32(sizeOf(y)), key0: u32(key[0]), key1: u32(key[1]) }),
    reference({ step }, { shape, key }) {
      const size = sizeOf(shape);
      const words = streamWords(key, stepAtHand(step), 4 * Math.ceil(size / 4)); // whole blocks, for pairs
      return { y: tf.tensor(valuesOf(words, size), [...shape], dtype) };
    },
    cases,
    tolerance: { value: tolerance, grad: 0 },
  });

const bitsKernel = defineDraw('LabRandomBits', 0, 'int32', 0, (words, size) =>
  Int32Array.from(words.subarray(0, size)),
);

const uniformKernel = defineDraw('LabRandomUniform', 1, 'float32', 0, (words, size) =>
  Float32Array.from(words.subarray(0, size), uniformOf),
);

const normalKernel = defineDraw('LabRandomNormal', 2, 'float32', 1e-5, (words, size) => {
  const normals = new Float32Array(words.length);
  for (let i = 0; i < words.length; i += 2) normals.set(normalsOf(words[i] ?? 0, words[i + 1] ?? 0), i);
  return normals.subarray(0, size);
});

const draw = <R extends tf.Rank>(op: typeof bitsKernel, shape: tf.ShapeMap[R], { key, step }: DeviceRng) =>
  op({ step }, { shape, key }).y as tf.Tensor<R>;

/** The first words of a stream as whole numbers from −2³¹ to 2³¹ − 1: int32, the same bits on every device. */
export const randomBits = <R extends tf.Rank>(shape: tf.ShapeMap[R], rng: DeviceRng): tf.Tensor<R> =>
  draw<R>(bitsKernel, shape, rng);

/** Uniform numbers in [0, 1), the multiples of 2⁻²⁴: float32, the same bits on every device. */
export const randomUniform = <R extends tf.Rank>(shape: tf.ShapeMap[R], rng: DeviceRng): tf.Tensor<R> =>
  draw<R>(uniformKernel, shape, rng);

/**
 * Standard normal numbers (`normalsOf`), none beyond 5.8. They are made of the same uniform numbers on every device, but
 * a device's own logarithm, sine and cosine may differ from JavaScript's by as much as WGSL allows.
 */
export const randomNormal = <R extends tf.Rank>(shape: tf.ShapeMap[R], rng: DeviceRng): tf.Tensor<R> =>
  draw<R>(normalKernel, shape, rng);
