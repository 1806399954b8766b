import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import type { Split } from '../../src/data/data-source';
import { PatchReader } from '../support/patch-reader';
import { capture } from '../../src/engine/capture';
import { EagerStep } from '../../src/engine/eager-step';
import { LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { createRng } from '../../src/math/philox-rng';
import { DeviceBatches, requireRoom, type Augmentation } from '../../src/nn/device-batches';
import { smallVit } from './small-vit';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

type ImageShape = readonly [height: number, width: number, channels: number];

const datasetOf = (shape: ImageShape) => ({
  name: 'toy',
  shape,
  mean: [0.4914, 0.4822, 0.4465].slice(0, shape[2]),
  standardDeviation: [0.247, 0.2435, 0.2616].slice(0, shape[2]),
});

/** Images of random bytes, all 256 values among them, that begin at some byte of their buffer. */
function splitOf([height, width, channels]: ImageShape, count: number, byteOffset = 0): Split {
  const rng = createRng(5);
  const pixels = new Uint8Array(byteOffset + count * height * width * channels).subarray(byteOffset);
  for (const i of pixels.keys()) pixels[i] = rng.below(256);
  return { count, pixels, labels: Uint8Array.from({ length: count }, () => rng.below(256)) };
}

const indexTensor = (indices: readonly number[]) => tf.tensor1d([...indices], 'int32');
const stepAt = (step: number) => tf.tensor1d([step], 'int32');

/** Runs on the plain JavaScript backend. */
async function onCpu<T>(run: () => Promise<T>): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return await run();
  } finally {
    await tf.setBackend(LAB);
  }
}

describe('batches read on the device', () => {
  describe.each([
    ['28 × 28 × 1', [28, 28, 1], 4, 40, 0],
    ['28 × 28 × 1 from within a buffer', [28, 28, 1], 7, 5, 3],
    ['8 × 6 × 3', [8, 6, 3], 2, 11, 0],
    ['5 × 3 × 1, no whole number of words', [5, 3, 1], 1, 9, 0],
    ['3 × 3 × 3, no whole number of words', [3, 3, 3], 3, 9, 1],
    ['1 × 1 × 1', [1, 1, 1], 1, 1, 0],
  ] as const)('%s', (_, shape, patch, count, byteOffset) => {
    const dataset = datasetOf(shape);
    const split = splitOf(shape, count, byteOffset);
    const rng = createRng(2);
    const indices = Array.from({ length: 13 }, () => rng.below(count)); // some of them twice
    const read = async () => {
      const batches = new DeviceBatches(dataset, split, { patch });
      const { patches, labels } = batches.patches(indexTensor(indices));
      const { images } = batches.images(indexTensor(indices));
      const result = {
        shapes: [patches.shape, images.shape],
        patches: await patches.data(),
        images: await images.data(),
        labels: await labels.data(),
      };
      batches.dispose();
      return result;
    };

    test('are the patches and labels of PatchReader, to the last bit', async () => {
      const reader = new PatchReader(dataset, patch);
      const wanted = reader.read(split, indices);
      for (const got of [await read(), await onCpu(read)]) {
        expect(got.shapes[0]).toEqual([13, reader.patches, reader.patchValues]);
        expect(got.patches).toEqual(wanted.patches);
        expect(got.labels).toEqual(wanted.labels);
      }
    });

    test('are the images, pixel by pixel', async () => {
      const [height, width, channels] = shape;
      const size = height * width * channels;
      const wanted = Float32Array.from({ length: 13 * size }, (_, i) => {
        const byte = split.pixels[(indices[Math.floor(i / size)] ?? 0) * size + (i % size)] ?? NaN;
        const channel = i % channels;
        return (byte / 255 - (dataset.mean[channel] ?? 0)) / (dataset.standardDeviation[channel] ?? 1);
      });
      for (const got of [await read(), await onCpu(read)]) {
        expect(got.shapes[1]).toEqual([13, ...shape]);
        expect(got.images).toEqual(wanted);
      }
    });
  });

  test('show an index outside the split as NaN and the label −1', async () => {
    const batches = new DeviceBatches(datasetOf([4, 4, 1]), splitOf([4, 4, 1], 6), { patch: 2 });
    const { patches, labels } = batches.patches(indexTensor([6, 5, -1]));
    const [values, classes] = [await patches.data(), await labels.data()];
    expect([...values].map(Number.isNaN)).toEqual(Array.from({ length: 48 }, (_, i) => i < 16 || i >= 32));
    expect([classes[0], classes[2]]).toEqual([-1, -1]);
    batches.dispose();
  });

  test('leave nothing behind', () => {
    const before = tf.memory();
    const batches = new DeviceBatches(datasetOf([4, 4, 3]), splitOf([4, 4, 3], 6), { patch: 2 });
    const rng = createDeviceRng(createRng(1), stepAt(1));
    tf.tidy(() => {
      batches.patches(indexTensor([1, 2]));
      batches.images(indexTensor([1, 2]), { padding: 1, flip: true, noise: 0.1, rng });
    });
    batches.dispose();
    rng.step.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
  });

  test('refuse a patch that does not divide the image, and a split the device has no room for', () => {
    const [dataset, split] = [datasetOf([4, 4, 1]), splitOf([4, 4, 1], 2)];
    expect(() => new DeviceBatches(dataset, split, { patch: 3 })).toThrow(
      'A patch of 3 pixels does not divide the 4 × 4 images',
    );
    const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
    expect(() => {
      requireRoom('cifar-10', 50_000, 3072, limits);
    }).toThrow(
      '50000 images of cifar-10 take 154 MB on the graphics device, which holds 134 MB in one piece: choose at most 43690',
    );
    expect(() => {
      requireRoom('cifar-10', 43_690, 3072, limits);
    }).not.toThrow();
  });

  test('may hold no images at all', () => {
    const batches = new DeviceBatches(datasetOf([4, 4, 1]), splitOf([4, 4, 1], 0));
    batches.dispose();
  });
});

describe('a step that reads its batch by index', () => {
  const shape = { patches: 16, patchValues: 4, width: 16, heads: 2, mlpRatio: 2, depth: 1, classes: 4 };
  const dataset = datasetOf([8, 8, 1]);
  const split = splitOf([8, 8, 1], 50);
  split.labels.forEach((label, i) => (split.labels[i] = label % 4));
  const batch = 8;

  test('trains, captured or not, exactly as one that is given its images', async () => {
    const reader = new PatchReader(dataset, 2);
    const batches = new DeviceBatches(dataset, split, { patch: 2 });
    const rng = createRng(9);
    const order = Array.from({ length: 12 }, () => Int32Array.from({ length: batch }, () => rng.below(50)));
    const run = async (kind: 'captured' | 'eager' | 'given images') => {
      const vit = smallVit({ shape, batch });
      const definition = {
        inputs: {
          indices: { dtype: 'int32', shape: [batch] },
          settings: vit.definition.inputs.settings,
        } as const,
        outputs: ['loss'] as const,
        step: (tensors: { indices: tf.Tensor1D; settings: tf.Tensor1D }) =>
          vit.definition.step({ ...batches.patches(tensors.indices), settings: tensors.settings }),
      };
      const given = kind === 'given images' ? capture(vit.definition) : null;
      const byIndex = kind === 'captured' ? capture(definition) : new EagerStep(definition, 'the oracle');
      for (const [i, indices] of order.entries()) {
        const { settings } = vit.inputsAt(i + 1);
        if (given) await given.run({ ...reader.read(split, indices), settings });
        else await byIndex.run({ indices, settings });
      }
      const { loss } = await (given ?? byIndex).read();
      if (kind === 'captured') expect(byIndex.outcome).toEqual({ captured: true });
      for (const each of [given, byIndex, vit]) each?.dispose();
      return [...loss];
    };
    const wanted = await run('given images');
    expect(new Set(wanted).size).toBe(12);
    expect(await run('captured')).toEqual(wanted);
    expect(await run('eager')).toEqual(wanted);
    batches.dispose();
  });
});

describe('augmented batches', () => {
  const shape = [6, 5, 3] as const;
  const [height, width, channels] = shape;
  const dataset = datasetOf(shape);
  const split = splitOf(shape, 7);
  const size = height * width * channels;
  const standardised = (byte: number, channel: number) =>
    Math.fround((byte / 255 - (dataset.mean[channel] ?? 0)) / (dataset.standardDeviation[channel] ?? 1));

  /** An image moved by so many rows and columns, then mirrored. */
  function moved(image: number, down: number, right: number, isMirrored: boolean): string {
    return Array.from({ length: size }, (_, i) => {
      const [row, column, channel] = [Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3];
      const [y, x] = [row + down, (isMirrored ? 4 - column : column) + right];
      const isInside = y >= 0 && y < height && x >= 0 && x < width;
      const byte = isInside ? (split.pixels[image * size + (y * width + x) * channels + channel] ?? 0) : 0;
      return standardised(byte, channel);
    }).join();
  }

  const read = async (step: number, indices: number[], settings: Partial<Augmentation>) => {
    const batches = new DeviceBatches(dataset, split);
    const rng = createDeviceRng(createRng(6).fork('augment'), stepAt(step));
    const augmentation = { padding: 0, flip: false, noise: 0, rng, ...settings };
    const values = await batches.images(indexTensor(indices), augmentation).images.data();
    batches.dispose();
    return Array.from({ length: indices.length }, (_, i) => values.slice(i * size, (i + 1) * size));
  };

  test('are the images themselves where nothing is to be done', async () => {
    const [image] = await read(1, [3], {});
    expect(image?.join()).toBe(moved(3, 0, 0, false));
  });

  test('take every place in the frame and both directions, all equally often', async () => {
    const wanted = new Map<string, string>();
    for (const down of [-2, -1, 0, 1, 2])
      for (const right of [-2, -1, 0, 1, 2])
        for (const isMirrored of [false, true])
          wanted.set(moved(4, down, right, isMirrored), `${down} ${right} ${isMirrored}`);
    expect(wanted.size).toBe(50);
    const images = [
      ...(await read(1, new Array<number>(2500).fill(4), { padding: 2, flip: true })),
      ...(await read(2, new Array<number>(2500).fill(4), { padding: 2, flip: true })),
    ];
    const counts = new Map<string, number>();
    for (const image of images) {
      const place = wanted.get(image.join()) ?? 'none of them';
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...wanted.values()].sort());
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chi).toBeLessThan(85.35); // 49 degrees of freedom, p > 0.001
  });

  test('differ from step to step, repeat for a step, and are the same on every backend', async () => {
    const settings = { padding: 2, flip: true };
    const indices = [0, 1, 2, 3, 4, 5, 6, 0];
    const images = await read(1, indices, settings);
    expect(await read(1, indices, settings)).toEqual(images);
    expect(await read(2, indices, settings)).not.toEqual(images);
    expect(await onCpu(() => read(1, indices, settings))).toEqual(images);
  });

  test('are cut into patches as whole images are', async () => {
    const batches = new DeviceBatches(datasetOf([6, 6, 1]), splitOf([6, 6, 1], 5), { patch: 3 });
    const rng = createDeviceRng(createRng(6), stepAt(3));
    const augmentation = { padding: 1, flip: true, noise: 0, rng };
    const indices = indexTensor([4, 0, 2]);
    const { patches } = batches.patches(indices, augmentation);
    const { images } = batches.images(indices, augmentation);
    const cut = tf.transpose(tf.reshape(images, [3, 2, 3, 2, 3]), [0, 1, 3, 2, 4]);
    expect(await patches.data()).toEqual(await cut.data());
    batches.dispose();
  });

  test('carry normal noise of the given deviation, new at every step', async () => {
    const indices = new Array<number>(200).fill(2);
    const noisy = [...(await read(1, indices, { noise: 0.3 })), ...(await read(2, indices, { noise: 0.3 }))];
    const clean = moved(2, 0, 0, false).split(',').map(Number);
    const noise = noisy.flatMap((image) => Array.from(image, (value, i) => value - (clean[i] ?? NaN)));
    const mean = noise.reduce((sum, x) => sum + x, 0) / noise.length;
    const deviation = Math.sqrt(noise.reduce((sum, x) => sum + x * x, 0) / noise.length);
    expect(Math.abs(mean)).toBeLessThan((4 * 0.3) / Math.sqrt(noise.length));
    expect(Math.abs(deviation / 0.3 - 1)).toBeLessThan(4 / Math.sqrt(2 * noise.length));
    expect(new Set(noisy.map((image) => image.join())).size).toBe(400);
  });
});
