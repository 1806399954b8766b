import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attributeHolds, FASHION_ATTRIBUTES, TRANSFORM_CHANCES, TRANSFORMS } from '../../src/data/attributes';
import type { Dataset } from '../../src/data/data-source';
import { createWebDataSource } from '../../src/data/web-data-source';
import { capture } from '../../src/engine/capture';
import { EagerStep } from '../../src/engine/eager-step';
import { LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { overlay } from '../../src/kernels/overlay/overlay';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { rotate } from '../../src/kernels/rotate/rotate';
import { multiplyHigh, philox4x32 } from '../../src/math/philox';
import { createRng, keyOf } from '../../src/math/philox-rng';
import { normalsOf, uniformOf } from '../../src/math/philox-stream';
import { DeviceBatches } from '../../src/nn/device-batches';
import { AttributeBatches } from '../../src/nn/multi-task-attributes';
import type { MultiTaskBatches, MultiTaskData } from '../../src/nn/multi-task-batches';
import { ImageLayout } from '../../src/nn/multi-task-layout';
import { OverlayBatches } from '../../src/nn/multi-task-overlay';
import { RotationBatches } from '../../src/nn/multi-task-rotation';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

const SIDE = 28;
const COUNT = 300;
const INDICES = [0, 299, 17, 4, 150, 4, 63];
const root = createRng(11).fork('train');

onWebGpu();
let dataset: Dataset;
let data: MultiTaskData;
beforeAll(async () => {
  const source = createWebDataSource(new URL('/data/', location.href));
  const loading = source.load('fashion-mnist', { train: COUNT, test: 1 }, new AbortController().signal);
  let next = await loading.next();
  while (next.done !== true) next = await loading.next();
  dataset = next.value;
  data = { dataset, count: COUNT, images: new DeviceBatches(dataset, dataset.train) };
});
afterAll(() => {
  data.images.dispose();
});

const indexTensor = (indices: readonly number[]) => tf.tensor1d([...indices], 'int32');

/** A pixel of an example, in [0, 1]; black outside. */
const pixelOf = (example: number, row: number, column: number): number =>
  row >= 0 && row < SIDE && column >= 0 && column < SIDE
    ? (dataset.train.pixels[(example * SIDE + row) * SIDE + column] ?? NaN) / 255
    : 0;
const labelOf = (example: number): number => dataset.train.labels[example] ?? NaN;
const standardised = (pixel: number): number =>
  (pixel - (dataset.mean[0] ?? NaN)) / (dataset.standardDeviation[0] ?? NaN);

/** What the processor draws for an item. */
const wordsFor = (fork: string, item: number, step: number, block = 0) =>
  philox4x32([block, item, step, 0], keyOf(root.fork(fork)));

type AnyBatches = MultiTaskBatches<string>;

/** Input and targets of a batch, read and split by example. */
async function read(batches: AnyBatches, indices: readonly number[], step: number) {
  const rng = createDeviceRng(root, tf.tensor1d([step], 'int32'));
  const { input, targets } = batches.batch(indexTensor(indices), rng);
  const rows = async (tensor: tf.Tensor) => {
    const values = Array.from(await tensor.data());
    const size = values.length / indices.length;
    return indices.map((_, i) => values.slice(i * size, (i + 1) * size));
  };
  const values: { input: number[][] } & Record<string, number[][]> = { input: await rows(input) };
  for (const [name, tensor] of Object.entries(targets)) values[name] = await rows(tensor);
  tf.dispose([input, targets, rng.step]);
  return { shape: input.shape, values };
}

const kinds = {
  overlay: (patch?: number) =>
    new OverlayBatches(data, { canvas: 36, jitter: 3, ...(patch === undefined ? {} : { patch }) }),
  rotation: (patch?: number) =>
    new RotationBatches(data, {
      maxDegrees: 45,
      angleNoise: 0.1,
      pixelNoise: 0.3,
      ...(patch === undefined ? {} : { patch }),
    }),
  attributes: (patch?: number) =>
    new AttributeBatches(data, {
      attributes: FASHION_ATTRIBUTES,
      ...(patch === undefined ? {} : { patch }),
    }),
} satisfies Record<string, (patch?: number) => AnyBatches>;
const everyKind = Object.entries(kinds) as [string, (patch?: number) => AnyBatches][];

describe('two images on one canvas', () => {
  const CANVAS = 36;
  const canvasOf = (left: number, right: number, [down, along, up, back]: number[]): number[] =>
    Array.from({ length: CANVAS ** 2 }, (_, at) => {
      const [row, column] = [Math.floor(at / CANVAS), at % CANVAS];
      const corner = CANVAS - SIDE;
      return Math.fround(
        standardised(
          Math.max(
            pixelOf(left, row - (down ?? 0), column - (along ?? 0)),
            pixelOf(right, row - corner + (up ?? 0), column - corner + (back ?? 0)),
          ),
        ),
      );
    });
  const partnerOf = (item: number, step: number) => multiplyHigh(wordsFor('partner', item, step)[0], COUNT);

  test.each([0, 3, 8])('lie where they should, pixel by pixel, moved by up to %i', async (jitter) => {
    const batches = new OverlayBatches(data, { canvas: CANVAS, jitter });
    expect(batches.inputShape).toEqual([CANVAS, CANVAS, 1]);
    const { shape, values: got } = await read(batches, INDICES, 5);
    expect(shape).toEqual([INDICES.length, CANVAS, CANVAS, 1]);
    for (const [i, item] of INDICES.entries()) {
      const partner = partnerOf(item, 5);
      const places = wordsFor('place', item, 5).map((word) => multiplyHigh(word, jitter + 1));
      if (jitter === 0) expect(places).toEqual([0, 0, 0, 0]);
      expect(got.input[i]).toEqual(canvasOf(item, partner, places));
      expect([got['left']?.[i], got['right']?.[i]]).toEqual([[labelOf(item)], [labelOf(partner)]]);
    }
    batches.dispose();
  });

  test('have partners from the whole split, others at other steps', async () => {
    const batches = new OverlayBatches(data, { canvas: CANVAS, jitter: 0 });
    const all = Array.from({ length: COUNT }, (_, i) => i);
    const partners = all.map((item) => partnerOf(item, 1));
    expect(Math.min(...partners)).toBeLessThan(15);
    expect(Math.max(...partners)).toBeGreaterThan(COUNT - 15);
    expect(new Set(partners).size).toBeGreaterThan(COUNT / 2); // 63 % on average
    const right = (await read(batches, all, 1)).values['right']?.flat();
    expect(right).toEqual(partners.map(labelOf));
    expect((await read(batches, all, 2)).values['right']?.flat()).not.toEqual(right);
    batches.dispose();
  });

  test('are refused on a canvas too small, and moved past its far corner', () => {
    expect(() => new OverlayBatches(data, { canvas: 27, jitter: 0 })).toThrow(RangeError);
    expect(() => new OverlayBatches(data, { canvas: 36, jitter: 9 })).toThrow('move by 0 to 8 pixels, not 9');
    expect(() => new OverlayBatches(data, { canvas: 36, jitter: 0, patch: 5 })).toThrow('does not divide');
  });
});

describe('turned images', () => {
  /** Bilinear sampling in float64, of pixels rather than standardised values. */
  const turnedOf = (item: number, degrees: number): number[] => {
    const radians = (degrees * Math.PI) / 180;
    const middle = (SIDE - 1) / 2;
    return Array.from({ length: SIDE ** 2 }, (_, at) => {
      const [y, x] = [Math.floor(at / SIDE) - middle, (at % SIDE) - middle];
      const row = middle + x * Math.sin(radians) + y * Math.cos(radians);
      const column = middle + x * Math.cos(radians) - y * Math.sin(radians);
      let sum = 0;
      for (const r of [Math.floor(row), Math.floor(row) + 1])
        for (const c of [Math.floor(column), Math.floor(column) + 1])
          sum += (1 - Math.abs(row - r)) * (1 - Math.abs(column - c)) * pixelOf(item, r, c);
      return standardised(sum);
    });
  };
  const angleOf = (item: number, step: number) => 2 * uniformOf(wordsFor('angle', item, step)[0]) - 1;
  const normalsFor = (fork: string, item: number, step: number, count: number) =>
    Array.from({ length: Math.ceil(count / 4) }, (_, block) => {
      const [w0, w1, w2, w3] = wordsFor(fork, item, step, block);
      return [...normalsOf(w0, w1), ...normalsOf(w2, w3)];
    })
      .flat()
      .slice(0, count);

  test('are those of the processor, with their angles, noise and clean images', async () => {
    const batches = new RotationBatches(data, { maxDegrees: 60, angleNoise: 0.2, pixelNoise: 0.5 });
    const { values: got } = await read(batches, INDICES, 9);
    for (const [i, item] of INDICES.entries()) {
      const clean = turnedOf(item, 60 * angleOf(item, 9));
      const noise = normalsFor('pixel-noise', item, 9, SIDE ** 2);
      expect(distance(got['clean']?.[i] ?? [], clean)).toBeLessThan(1e-5);
      const noisy = clean.map((value, at) => value + 0.5 * (noise[at] ?? NaN));
      expect(distance(got.input[i] ?? [], noisy)).toBeLessThan(2e-5);
      const [angleNoise = NaN] = normalsFor('angle-noise', item, 9, 1);
      expect(got['angle']?.[i]?.[0]).toBeCloseTo(angleOf(item, 9) + 0.2 * angleNoise, 5);
      expect(got['class']?.[i]).toEqual([labelOf(item)]);
    }
    batches.dispose();
  });

  test('are the images themselves, to the bit, turned by nothing', async () => {
    const batches = new RotationBatches(data, { maxDegrees: 0, angleNoise: 0, pixelNoise: 0 });
    const indices = indexTensor(INDICES);
    const images = await data.images.images(indices).images.data();
    const { values: got } = await read(batches, INDICES, 1);
    expect(got.input.flat()).toEqual(Array.from(images));
    expect(got['clean']).toEqual(got.input);
    expect(got['angle']).toEqual(INDICES.map((item) => [angleOf(item, 1)]));
    batches.dispose();
  });

  test.each([
    [0.25, (row: number, column: number) => [column, SIDE - 1 - row]],
    [0.5, (row: number, column: number) => [SIDE - 1 - row, SIDE - 1 - column]],
    [-0.25, (row: number, column: number) => [SIDE - 1 - column, row]],
    [-1, (row: number, column: number) => [row, column]],
  ] as const)('are moved value by value by %f of a turn', async (turn, from) => {
    const layout = new ImageLayout(dataset, [SIDE, SIDE]);
    const turns = tf.fill<tf.Rank.R1>([INDICES.length], turn);
    const { black, offsets } = layout;
    const images = data.images.images(indexTensor(INDICES)).images;
    const got = await rotate(images, { turns, black, offsets }).data();
    const wanted = INDICES.flatMap((item) =>
      Array.from({ length: SIDE ** 2 }, (_, at) => {
        const [row = NaN, column = NaN] = from(Math.floor(at / SIDE), at % SIDE);
        return Math.fround(standardised(pixelOf(item, row, column)));
      }),
    );
    expect(Array.from(got)).toEqual(wanted);
    layout.dispose();
  });

  test('have angles of either sign, spread evenly', async () => {
    const batches = new RotationBatches(data, { maxDegrees: 45, angleNoise: 0, pixelNoise: 0 });
    const all = Array.from({ length: COUNT }, (_, i) => i);
    const angles = (await read(batches, all, 3)).values['angle']?.flat() ?? [];
    const counts = [0, 1, 2, 3].map(
      (quarter) => angles.filter((a) => Math.floor(2 * (a + 1)) === quarter).length,
    );
    const chi = counts.reduce((sum, n) => sum + (n - COUNT / 4) ** 2 / (COUNT / 4), 0);
    expect(chi).toBeLessThan(16.27); // 3 degrees of freedom, p > 0.001
    batches.dispose();
  });

  test('are refused with impossible settings', () => {
    const options = { maxDegrees: 45, angleNoise: 0, pixelNoise: 0 };
    expect(() => new RotationBatches(data, { ...options, maxDegrees: 181 })).toThrow(RangeError);
    expect(() => new RotationBatches(data, { ...options, pixelNoise: -1 })).toThrow(RangeError);
    expect(() => new RotationBatches(data, { ...options, patch: 8 })).toThrow('does not divide');
  });
});

test('colour images that are no squares are cut as DeviceBatches cuts them', async () => {
  const rng = createRng(5);
  const pixels = Uint8Array.from({ length: 5 * 8 * 6 * 3 }, () => rng.below(256));
  const toy = {
    ...{ name: 'toy', shape: [8, 6, 3] as const, classes: ['a', 'b'] },
    ...{ mean: [0.49, 0.48, 0.45], standardDeviation: [0.25, 0.24, 0.26] },
  };
  const images = new DeviceBatches(toy, { count: 5, pixels, labels: new Uint8Array(5) }, { patch: 2 });
  const options = { maxDegrees: 0, angleNoise: 0, pixelNoise: 0, patch: 2 };
  const batches = new RotationBatches({ dataset: toy, count: 5, images }, options);
  const { shape, values } = await read(batches, [4, 0, 2], 1);
  const { patches } = images.patches(indexTensor([4, 0, 2]));
  expect(shape).toEqual(patches.shape);
  expect(values.input.flat()).toEqual(Array.from(await patches.data()));
  for (const each of [batches, images]) each.dispose();
});

test('an overlay shows what is no number in either image, and is never hidden by the other', async () => {
  const [black, places] = [tf.tensor1d([0]), tf.zeros<tf.Rank.R2>([1, 4], 'int32')];
  const [one, none] = [tf.ones<tf.Rank.R4>([1, 1, 1, 1]), tf.fill<tf.Rank.R4>([1, 1, 1, 1], NaN)];
  const offsets = tf.tensor1d([0], 'int32');
  const options = { black, places, offsets, canvas: [1, 1] } as const;
  expect(Array.from(await overlay(one, none, options).data())).toEqual([NaN]);
  expect(Array.from(await overlay(none, one, options).data())).toEqual([NaN]);
  expect(Array.from(await overlay(one, one, options).data())).toEqual([1]);
});

describe('attributes', () => {
  test('are those of the processor, and so are the transformed images', async () => {
    const batches = kinds.attributes();
    const all = Array.from({ length: COUNT }, (_, i) => i);
    const { values: got } = await read(batches, all, 4);
    const combinations = new Set<string>();
    for (const item of all) {
      const words = wordsFor('transform', item, 4);
      const done = new Set(
        TRANSFORMS.filter((name, t) => uniformOf(words[t] ?? NaN) < TRANSFORM_CHANCES[name]),
      );
      combinations.add([...done].join());
      const holds = FASHION_ATTRIBUTES.map((attribute) => +attributeHolds(attribute, labelOf(item), done));
      expect(got['attributes']?.[item]).toEqual(holds);
      const wanted = Array.from({ length: SIDE ** 2 }, (_, at) => {
        let [row, column] = [Math.floor(at / SIDE), at % SIDE];
        if (done.has('turned')) [row, column] = [column, SIDE - 1 - row];
        if (done.has('mirrored')) column = SIDE - 1 - column;
        let pixel = pixelOf(item, row, column);
        if (done.has('inverted')) pixel = 1 - pixel;
        if (done.has('bright')) pixel += (1 - pixel) / 4;
        return Math.fround(standardised(pixel));
      });
      if (done.has('inverted') || done.has('bright'))
        expect(distance(got.input[item] ?? [], wanted)).toBeLessThan(1e-6);
      else expect(got.input[item]).toEqual(wanted);
    }
    expect(combinations.size).toBeGreaterThan(9); // of 16
    batches.dispose();
  });

  test('name classes that exist', () => {
    const attributes = [{ id: 'hat', label: 'is a hat', classes: [10], share: 0 }];
    expect(() => new AttributeBatches(data, { attributes })).toThrow('fashion-mnist has no class 10');
  });
});

describe.each(everyKind)('%s batches', (_, create) => {
  test('give an item the same however it is batched, something else at another step', async () => {
    const batches = create();
    const { values: together } = await read(batches, INDICES, 0);
    const { values: reversed } = await read(batches, [...INDICES].reverse(), 0);
    const { values: alone } = await read(batches, [17], 0);
    for (const [name, values] of Object.entries(together)) {
      expect(reversed[name]?.slice().reverse()).toEqual(values);
      expect(alone[name]?.[0]).toEqual(values[2]);
    }
    expect((await read(batches, INDICES, 1)).values.input).not.toEqual(together.input);
    batches.dispose();
  });

  test('are the same on every backend', async () => {
    const batches = create();
    const { values: got } = await read(batches, INDICES, 2);
    batches.dispose();
    await tf.setBackend('cpu');
    const onDevice = data;
    try {
      data = { ...onDevice, images: new DeviceBatches(dataset, dataset.train) };
      const { values: wanted } = await read(create(), INDICES, 2);
      data.images.dispose();
      for (const [name, values] of Object.entries(wanted))
        expect(distance(got[name]?.flat() ?? [], values.flat()), name).toBeLessThan(2e-5);
    } finally {
      data = onDevice;
      await tf.setBackend(LAB);
    }
  });

  test('cut into patches are the whole ones, cut', async () => {
    const [whole, cut] = [create(), create(4)];
    const [side = 0] = whole.inputShape;
    const perRow = side / 4;
    expect(cut.inputShape).toEqual([perRow ** 2, 16]);
    const [images, patches] = [await read(whole, INDICES, 6), await read(cut, INDICES, 6)];
    expect(patches.shape).toEqual([INDICES.length, perRow ** 2, 16]);
    // Noise belongs to places in the input, so that the clean images are compared where there are some.
    const [from, to] = [images, patches].map(({ values }) => values['clean'] ?? values.input);
    const wanted = from?.map((image) =>
      Array.from(image, (_value, at) => {
        const [patch, inPatch] = [Math.floor(at / 16), at % 16];
        const row = 4 * Math.floor(patch / perRow) + Math.floor(inPatch / 4);
        return image[row * side + 4 * (patch % perRow) + (inPatch % 4)];
      }),
    );
    expect(to).toEqual(wanted);
    for (const each of [whole, cut]) each.dispose();
  });

  test('show an index outside the split as NaN', async () => {
    const batches = create();
    const { values } = await read(batches, [COUNT, 3], 1);
    const [side = 0] = batches.inputShape;
    const [outside = [], inside = []] = values.input;
    // Every image covers these places, however it is moved or turned.
    const covered = outside.filter((_value, at) =>
      [Math.floor(at / side), at % side].every((place) => place >= 7 && place < 21),
    );
    expect(covered.map(Number.isNaN)).toEqual(new Array<boolean>(14 ** 2).fill(true));
    expect(inside.some(Number.isNaN)).toBe(false);
    for (const label of ['left', 'class']) if (label in values) expect(values[label]?.[0]).toEqual([-1]);
    for (const target of ['clean', 'attributes'])
      if (target in values) expect(values[target]?.[0]?.some(Number.isNaN)).toBe(true);
    batches.dispose();
  });

  test('leave nothing behind', () => {
    const before = tf.memory().numTensors;
    const batches = create();
    const [indices, step] = [indexTensor(INDICES), tf.tensor1d([1], 'int32')];
    const kept = tf.memory().numTensors;
    const { input, targets } = batches.batch(indices, createDeviceRng(root, step));
    const made = new Set([input, ...Object.values(targets)]);
    expect(tf.memory().numTensors).toBe(kept + made.size);
    tf.dispose([...made]);
    batches.dispose();
    tf.dispose([indices, step]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('are made anew at every replay of a captured step, the same as without', async () => {
    const batches = create();
    const size = INDICES.length;
    const names = Object.keys((await read(batches, [0], 0)).values);
    const definition = {
      inputs: {
        indices: { dtype: 'int32', shape: [size] },
        step: { dtype: 'int32', shape: [1] },
      } as const,
      outputs: names,
      step: ({ indices, step }: { indices: tf.Tensor; step: tf.Tensor }) => {
        const rng = createDeviceRng(root, tf.reshape<tf.Rank.R1>(step, [1]));
        const { input, targets } = batches.batch(tf.reshape<tf.Rank.R1>(indices, [size]), rng);
        const all: Record<string, tf.Tensor> = { input, ...targets };
        return Object.fromEntries(
          names.map((name) => {
            const values = tf.cast(all[name] ?? input, 'float32');
            const weights = tf.tensor(normals(values.size, 3), values.shape);
            return [name, tf.sum<tf.Scalar>(tf.mul(values, weights))];
          }),
        );
      },
    };
    const run = async (kind: 'captured' | 'eager') => {
      const step = kind === 'captured' ? capture(definition) : new EagerStep(definition, 'the oracle');
      const rng = createRng(8);
      for (let i = 1; i <= 10; i++)
        await step.run({
          indices: Int32Array.from({ length: size }, () => rng.below(COUNT)),
          step: Int32Array.of(i),
        });
      const read = await step.read();
      if (kind === 'captured') expect(step.outcome).toEqual({ captured: true });
      step.dispose();
      return read;
    };
    const eager = await run('eager');
    expect(await run('captured')).toEqual(eager);
    for (const name of names) expect(new Set(eager[name]).size, name).toBeGreaterThan(8);
    batches.dispose();
  });
});
