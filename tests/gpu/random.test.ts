import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import { asLab, LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { randomBits, randomNormal, randomUniform } from '../../src/kernels/random/random';
import { withPhilox } from '../../src/kernels/random/with-philox';
import { createRng, keyOf } from '../../src/math/philox-rng';
import { streamWords, uniformOf } from '../../src/math/philox-stream';
import { distance } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const stepAt = (step: number) => tf.tensor1d([step], 'int32');
const rngAt = (step: number, label = 'test') => createDeviceRng(createRng(3).fork(label), stepAt(step));

describe('the generator that shaders are given', () => {
  test('gives the words published with Random123', async () => {
    const cases = [
      [0, 0, 0, 0, 0, 0],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
    ];
    const published = [
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ];
    const counters = tf.tensor1d(
      Int32Array.from(cases.flat(), (word) => word | 0),
      'int32',
    );
    const words = tf.zeros<tf.Rank.R2>([3, 4], 'int32');
    asLab(tf.backend()).launch({
      source: {
        name: 'published words',
        wgsl: withPhilox(`
          @group(0) @binding(0) var<storage, read> x: array<u32>;
          @group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
          @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            let at = 6u * id.x;
            y[id.x] = philox(vec4(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), vec2(x[at + 4u], x[at + 5u]));
          }`),
        inputs: 1,
        outputs: 1,
      },
      inputs: [counters],
      outputs: [words],
      params: new Uint32Array(4),
      workgroups: [3, 1, 1],
    });
    expect([...(await words.data())].map((word) => word >>> 0)).toEqual(published.flat());
  });
});

describe('numbers drawn on the device', () => {
  const size = 100_003; // past the blocks of a row of workgroups, and no whole number of blocks

  test('are the words of the TypeScript stream, bit for bit, at any step', async () => {
    for (const step of [0, 1, 77_777, 2 ** 31 - 1]) {
      const words = streamWords(keyOf(createRng(3).fork('test')), step, size);
      const [bits, uniforms] = [randomBits([size], rngAt(step)), randomUniform([size], rngAt(step))];
      // By hand: `toEqual` takes a second for as many numbers.
      const [gotBits, gotUniforms] = [await bits.data(), await uniforms.data()];
      expect(words.findIndex((word, i) => gotBits[i] !== (word | 0))).toBe(-1);
      expect(words.findIndex((word, i) => gotUniforms[i] !== uniformOf(word))).toBe(-1);
    }
  });

  test('start at step 0 with what the stream itself gives', async () => {
    const rng = createRng(3).fork('test');
    const words = await randomBits([9], rngAt(0)).data();
    expect([...words].map((word) => (word >>> 0) / 2 ** 32)).toEqual(
      Array.from({ length: 9 }, () => rng.uniform()),
    );
  });

  test('are others for every label and step, and the same when drawn again', async () => {
    const rng = rngAt(5);
    const drawn = [rng, rng.fork('a'), rng.fork('b'), rng.fork('a').fork('b'), rngAt(6)].map((stream) =>
      randomUniform([8], stream),
    );
    const texts = await Promise.all(drawn.map(async (numbers) => (await numbers.data()).join()));
    expect(new Set(texts).size).toBe(5);
    expect((await randomUniform([8], rng).data()).join()).toBe(texts[0]);
    expect((await randomUniform([8], rngAt(5, 'test').fork('a')).data()).join()).toBe(texts[1]);
  });

  test('are the same words on the plain JavaScript backend', async () => {
    const draw = async () => [
      await randomBits([7, 5], rngAt(4)).data(),
      await randomUniform([7, 5], rngAt(4)).data(),
      await randomNormal([7, 5], rngAt(4)).data(),
    ];
    const [bits, uniforms, normals] = await draw();
    await tf.setBackend('cpu');
    const [wantedBits, wantedUniforms, wantedNormals] = await draw();
    await tf.setBackend(LAB);
    expect(bits).toEqual(wantedBits);
    expect(uniforms).toEqual(wantedUniforms);
    expect(distance(normals ?? [], wantedNormals ?? [])).toBeLessThan(1e-5);
  });

  test('are normal: mean 0, variance 1, no correlation within pairs, the right tails', async () => {
    const normals = await randomNormal<tf.Rank.R1>([2 * size], rngAt(1)).data<'float32'>();
    const count = normals.length;
    const mean = normals.reduce((sum, x) => sum + x, 0) / count;
    const variance = normals.reduce((sum, x) => sum + x * x, 0) / count;
    let product = 0;
    for (let i = 0; i < count; i += 2) product += ((normals[i] ?? 0) * (normals[i + 1] ?? 0)) / size;
    const beyond = (limit: number) => normals.filter((x) => Math.abs(x) > limit).length / count;
    // Four standard errors each.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(product)).toBeLessThan(4 / Math.sqrt(size));
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(4 * Math.sqrt(0.0455 / count));
    expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(4 * Math.sqrt(0.0027 / count));
  });

  test('are drawn anew by every replay of a captured step', async () => {
    const rng = createRng(3).fork('test');
    const step = capture({
      inputs: { step: { dtype: 'int32', shape: [1] } },
      outputs: ['sum'],
      step: (inputs) => ({
        sum: tf.sum<tf.Scalar>(randomUniform<tf.Rank.R1>([1000], createDeviceRng(rng, inputs.step))),
      }),
    });
    const numbers = [1, 2, 3, 4, 5, 6, 7, 4];
    for (const number of numbers) await step.run({ step: Int32Array.of(number) });
    expect(step.outcome).toEqual({ captured: true });
    const { sum } = await step.read();
    const wanted = numbers.map((number) =>
      streamWords(keyOf(rng), number, 1000).reduce((total, word) => total + uniformOf(word), 0),
    );
    expect(distance(sum, wanted)).toBeLessThan(1e-6);
    expect(sum[7]).toBe(sum[3]);
    step.dispose();
  });

  test('need a step of one number', () => {
    expect(() => createDeviceRng(createRng(0), tf.tensor1d([1, 2], 'int32'))).toThrow(
      'must have the same shape',
    );
  });
});
