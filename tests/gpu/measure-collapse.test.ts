import * as tf from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import '../../src/kernels/native';
import { createRng } from '../../src/math/philox-rng';
import type { Rng } from '../../src/math/rng';
import {
  AbsentClassError,
  centreClasses,
  meansOf,
  scatterOf,
  type ClassWeighting,
} from '../../src/methods/collapse/class-statistics';
import { featureMeasures, type FeatureMeasures } from '../../src/methods/collapse/collapse-measures';
import { simplexFrame } from '../../src/methods/collapse/simplex-geometry';
import { measureCollapse, type CollapseStatistics } from '../../src/training/measure-collapse';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

/** Examples whose features lie there ready, as float32 holds them. */
interface Examples {
  layers: Matrix[];
  logits: Matrix;
  labels: Uint8Array;
}

interface Shape {
  sizes: readonly number[];
  widths: readonly number[];
  noise: number;
}

const inFloat32 = (matrix: Matrix) =>
  Matrix.from1DArray(matrix.rows, matrix.columns, Float32Array.from(matrix.to1DArray()));

const normals = (rng: Rng, rows: number, columns: number) =>
  Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => rng.normal()),
  );

/** Class means of length about 1 moved by 3 from the origin, as after a ReLU, and noise around them. */
function examplesOf(rng: Rng, { sizes, widths, noise }: Shape): Examples {
  const sorted = sizes.flatMap((size, c) => Array<number>(size).fill(c));
  const labels = Uint8Array.from(rng.permutation(sorted.length), (at) => sorted[at] ?? 0);
  const layers = widths.map((width, i) => {
    const own = rng.fork(`layer ${i}`);
    const means = normals(own, sizes.length, width).div(Math.sqrt(width)).add(3);
    const away = normals(own, labels.length, width).mul(noise / Math.sqrt(width));
    return inFloat32(away.add(new Matrix(Array.from(labels, (c) => means.getRow(c)))));
  });
  return { layers, labels, logits: inFloat32(normals(rng.fork('logits'), labels.length, sizes.length)) };
}

async function measured(
  { layers, logits, labels }: Examples,
  {
    weighting = 'classes',
    batchSize = 250,
    classes = logits.columns,
    keptBytes,
    onForward,
  }: {
    weighting?: ClassWeighting;
    batchSize?: number;
    classes?: number;
    keptBytes?: number;
    /** Called whenever the model runs. */
    onForward?: () => void;
  } = {},
  centres?: Matrix,
): Promise<CollapseStatistics> {
  const tensors = [...layers, logits].map((matrix) => tf.tensor2d(matrix.to2DArray()));
  const rowsOf = (tensor: tf.Tensor | undefined, examples: tf.Tensor1D) => {
    if (!tensor) throw new Error('there is a tensor');
    return tf.gather(tensor, examples) as tf.Tensor2D;
  };
  const measuring = measureCollapse(
    { count: labels.length, labels },
    (examples) => {
      onForward?.();
      return {
        layers: layers.map((_, i) => rowsOf(tensors[i], examples)),
        logits: rowsOf(tensors.at(-1), examples),
      };
    },
    {
      classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
      weighting,
      batchSize,
      what: 'training images',
      signal: new AbortController().signal,
      lossOf: (z) => tf.sum(tf.square(z), 1),
      ...(centres && { centres }),
      ...(keptBytes !== undefined && { keptBytes }),
    },
  );
  try {
    for (;;) {
      const next = await measuring.next();
      if (next.done === true) return next.value;
    }
  } finally {
    tf.dispose(tensors);
  }
}

/** Both passes in float64. */
function exactly({ layers, logits, labels }: Examples, weighting: ClassWeighting) {
  return layers.map((features) => {
    const { means, counts } = meansOf(features, labels, logits.columns);
    const centred = centreClasses(means, counts, weighting);
    return { means: centred, scatter: scatterOf(features, labels, centred) };
  });
}

const numbersOf = ({ means, nc1, nc1Trace, traceQuotient, cdnv }: FeatureMeasures): number[] => [
  ...[nc1, nc1Trace, traceQuotient, cdnv],
  ...[means.equinorm, means.equiangular, means.maximalAngle, means.frameDistance],
];

/** Largest relative difference of what a reader sees. */
function apart(streamed: CollapseStatistics, exact: ReturnType<typeof exactly>): number {
  const differences = streamed.layers.flatMap(({ means, scatter }, i) => {
    const wanted = exact[i];
    if (!wanted) throw new Error('as many layers');
    const want = numbersOf(featureMeasures(wanted.means, wanted.scatter));
    return numbersOf(featureMeasures(means, scatter)).map((value, k) => {
      const target = want[k] ?? NaN;
      return Math.abs(value - target) / Math.max(1e-9, Math.abs(target));
    });
  });
  return Math.max(...differences);
}

const rng = createRng(7);

const largestOf = (values: readonly number[]) => values.indexOf(Math.max(...values));

describe('statistics streamed on the device', () => {
  const balanced = { sizes: [101, 101, 101, 101], widths: [19, 6, 33], noise: 0.4 };

  it.each([
    ['of several layers, with a last batch that is short', balanced, 64],
    ['in one batch', balanced, 500],
    ['one example at a time', { sizes: [5, 5, 5], widths: [4], noise: 0.4 }, 1],
    ['in fewer dimensions than C − 1', { sizes: [40, 40, 40, 40, 40, 40], widths: [2, 3], noise: 0.4 }, 37],
    ['of classes of very different sizes', { sizes: [300, 70, 11, 2], widths: [12], noise: 0.4 }, 50],
    ['of features that have nearly collapsed', { sizes: [80, 80, 80], widths: [16], noise: 1e-3 }, 50],
  ])('are those of two passes in float64: %s', async (name, shape, batchSize) => {
    const examples = examplesOf(rng.fork(name), shape);
    for (const weighting of ['samples', 'classes'] as const) {
      const streamed = await measured(examples, { weighting, batchSize });
      expect(apart(streamed, exactly(examples, weighting)), weighting).toBeLessThan(1e-3);
      expect([...streamed.counts]).toEqual(shape.sizes);
    }
  });

  it('weigh classes alike, or by their sizes, as asked', async () => {
    const examples = examplesOf(rng.fork('weights'), { sizes: [300, 5], widths: [8], noise: 0.5 });
    const [bySize, alike] = [
      await measured(examples, { weighting: 'samples' }),
      await measured(examples, { weighting: 'classes' }),
    ];
    expect(apart(bySize, exactly(examples, 'classes'))).toBeGreaterThan(0.1);
    expect(apart(alike, exactly(examples, 'samples'))).toBeGreaterThan(0.1);
  });

  it('do not let float32’s noise into NC1 as an eigenvalue', async () => {
    // Means on an exact simplex frame far from the origin: Σ_B has C − 1 equal eigenvalues and one that is rounding.
    const frame = simplexFrame(6);
    const labels = Uint8Array.from({ length: 600 }, (_, i) => i % 6);
    const away = normals(rng.fork('noise'), 600, 6).mul(0.01);
    const features = new Matrix(Array.from(labels, (c) => frame.getRow(c))).add(away).add(100);
    const examples = { layers: [inFloat32(features)], logits: Matrix.zeros(600, 6), labels };
    const [streamed] = (await measured(examples)).layers;
    if (!streamed) throw new Error('one layer was measured');
    const { nc1 } = featureMeasures(streamed.means, streamed.scatter);
    // tr(Σ_W Σ_B⁺) / C with Σ_W ≈ 10⁻⁴ I and Σ_B = (1 / 5) of a projection: 5 · 5 · 10⁻⁴ / 6.
    expect(nc1).toBeGreaterThan(0.9 * (25e-4 / 6));
    expect(nc1).toBeLessThan(1.1 * (25e-4 / 6));
  });

  it('count what the classifier tells, and how often the nearest mean tells the same', async () => {
    const examples = examplesOf(rng.fork('told'), { sizes: [30, 20, 10], widths: [5], noise: 2 });
    const {
      layers: [features],
      logits,
      labels,
    } = examples;
    if (!features) throw new Error('there is a layer');
    const largest = Array.from(labels, (_, i) => largestOf(logits.getRow(i)));
    const disagreement = (means: Matrix) => {
      const nearest = Array.from(labels, (_, i) => {
        const squares = means
          .to2DArray()
          .map((mean) => Matrix.rowVector(mean).sub(features.getRowVector(i)).norm());
        return squares.indexOf(Math.min(...squares));
      });
      return nearest.filter((c, i) => c !== largest[i]).length / labels.length;
    };
    const { means } = meansOf(features, labels, 3);
    const own = await measured(examples, { batchSize: 17 });
    const right = Array.from(labels, (c, i) => (largest[i] === c ? 1 : 0));
    expect(own.accuracy).toBeCloseTo(right.reduce<number>((a, b) => a + b, 0) / 60, 6);
    expect(own.classAccuracy[1]).toBeCloseTo(
      right.filter((_, i) => labels[i] === 1).reduce<number>((a, b) => a + b, 0) / 20,
      6,
    );
    expect(own.loss).toBeCloseTo(logits.norm() ** 2 / 60, 4);
    expect(own.disagreement).toBeCloseTo(disagreement(means), 6);
    const others = means.clone().mul(-1);
    const given = await measured(examples, { batchSize: 17 }, others);
    expect(given.disagreement).toBeCloseTo(disagreement(others), 6);
    expect(given.disagreement).not.toBe(own.disagreement);
  });

  it('of a class without an example are a clear error, before anything runs', async () => {
    const examples = examplesOf(rng.fork('absent'), { sizes: [4, 0, 3], widths: [3], noise: 1 });
    await expect(measured(examples)).rejects.toThrow(AbsentClassError);
    await expect(measured(examples)).rejects.toThrow('Class class 1 has no sample');
    await expect(measured(examples, { classes: 2 })).rejects.toThrow('Label 2 is none of the 2 classes');
  });

  it('come of one run of the model where features may wait on the device, of two where not, to the same bits', async () => {
    const examples = examplesOf(rng.fork('kept'), balanced);
    const bytes = 4 * 404 * (19 + 6 + 33 + 4);
    const runs = async (keptBytes: number) => {
      let forwards = 0;
      const statistics = await measured(examples, { batchSize: 101, keptBytes, onForward: () => forwards++ });
      return { forwards, statistics };
    };
    const [once, twice] = [await runs(bytes), await runs(bytes - 1)];
    expect([once.forwards, twice.forwards]).toEqual([4, 8]);
    expect(once.statistics).toEqual(twice.statistics);
  });

  it.each([0, 2 ** 20])('leave nothing on the device, with %i bytes for features', async (keptBytes) => {
    const examples = examplesOf(rng.fork('memory'), balanced);
    await measured(examples, { keptBytes });
    const { numTensors } = tf.memory();
    await measured(examples, { keptBytes });
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
