import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import { addToClassScatter } from '../../src/kernels/class-statistics/class-scatter';
import { addToClassSums, classMeans } from '../../src/kernels/class-statistics/class-sums';
import { nearestMean } from '../../src/kernels/class-statistics/nearest-mean';
import '../../src/kernels/native';
import { ShapeError } from '../../src/kernels/shape-error';
import { counting } from './counting';
import { distance, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const numbers = async (x: tf.Tensor) => [...(await x.data())];

interface Labelled {
  rows: number[][];
  labels: number[];
}

interface Statistics {
  sums: number[];
  counts: number[];
  means: number[];
  /** M: centred means, one row per class. */
  directions: number[];
  projected: number[];
  within: number[];
}

/** Both passes over the data in batches, on the device. */
async function measured({ rows, labels }: Labelled, classes: number, batch: number): Promise<Statistics> {
  const width = rows[0]?.length ?? 0;
  const batches: { features: tf.Tensor2D; labels: tf.Tensor1D }[] = [];
  for (let first = 0; first < rows.length; first += batch) {
    batches.push({
      features: tf.tensor2d(rows.slice(first, first + batch)),
      labels: tf.tensor1d(labels.slice(first, first + batch), 'int32'),
    });
  }
  const sums = { sums: tf.variable(tf.zeros([classes, width])), counts: tf.variable(tf.zeros([classes])) };
  for (const each of batches) addToClassSums(each.features, each.labels, sums);
  const means = classMeans(sums);
  const directions = tf.sub<tf.Tensor2D>(means, tf.mean(means, 0));
  const scatter = {
    projected: tf.variable(tf.zeros([classes, classes])),
    within: tf.variable(tf.zeros([classes])),
  };
  for (const each of batches) addToClassScatter(each.features, each.labels, means, directions, scatter);
  const result: Statistics = {
    sums: await numbers(sums.sums),
    counts: await numbers(sums.counts),
    means: await numbers(means),
    directions: await numbers(directions),
    projected: await numbers(scatter.projected),
    within: await numbers(scatter.within),
  };
  tf.dispose([sums.sums, sums.counts, scatter.projected, scatter.within, means, directions]);
  return result;
}

/** The same in float64. */
function exact({ rows, labels }: Labelled, classes: number): Statistics {
  const width = rows[0]?.length ?? 0;
  const at = (values: readonly number[], i: number) => values[i] ?? NaN;
  const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
  const members = (kind: number) => rows.filter((_, row) => labels[row] === kind);
  const counts = indices(classes).map((kind) => members(kind).length);
  const sums = indices(classes).map((kind) =>
    indices(width).map((i) => members(kind).reduce((sum, row) => sum + at(row, i), 0)),
  );
  const means = sums.map((sum, kind) => sum.map((value) => value / at(counts, kind)));
  const center = indices(width).map((i) => means.reduce((sum, mean) => sum + at(mean, i), 0) / classes);
  const directions = means.map((mean) => mean.map((value, i) => value - at(center, i)));
  const projected = indices(classes).map(() => new Array<number>(classes).fill(0));
  const within = new Array<number>(classes).fill(0);
  rows.forEach((row, index) => {
    const label = at(labels, index);
    const mean = means[label];
    if (!mean) return;
    const deviation = row.map((value, i) => value - at(mean, i));
    within[label] = at(within, label) + deviation.reduce((sum, value) => sum + value * value, 0);
    const z = directions.map((direction) =>
      direction.reduce((sum, value, i) => sum + value * at(deviation, i), 0),
    );
    projected.forEach((line, a) => line.forEach((_, b) => (line[b] = at(line, b) + at(z, a) * at(z, b))));
  });
  const flat = {
    sums: sums.flat(),
    means: means.flat(),
    directions: directions.flat(),
    projected: projected.flat(),
  };
  return { ...flat, counts, within };
}

/** Eigenpairs of a symmetric matrix by Jacobi's rotations. */
function eigen(matrix: number[][]): { value: number; vector: number[] }[] {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  const get = (m: number[][], i: number, j: number) => m[i]?.[j] ?? NaN;
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (get(a, p, q) === 0) continue;
        const tau = (get(a, q, q) - get(a, p, p)) / (2 * get(a, p, q));
        const tangent = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.hypot(1, tau)); // of the smaller angle
        const c = 1 / Math.hypot(1, tangent);
        const s = tangent * c;
        const rotate = (x: number, y: number): [number, number] => [c * x - s * y, s * x + c * y];
        for (const row of [...a, ...v]) [row[p], row[q]] = rotate(row[p] ?? NaN, row[q] ?? NaN);
        const [top, low] = [a[p] ?? [], a[q] ?? []];
        top.forEach((x, i) => ([top[i], low[i]] = rotate(x, low[i] ?? NaN)));
      }
    }
  }
  return a.map((_, i) => ({ value: get(a, i, i), vector: v.map((row) => row[i] ?? NaN) }));
}

/** NC1 with and without the inverse of Σ_B, and CDNV, from what the device gives. */
function collapse({ counts, directions, projected, within, means }: Statistics) {
  const classes = counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = directions.length / classes;
  const rowOf = (values: number[], row: number, length = width) =>
    values.slice(row * length, (row + 1) * length);
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  const kinds = counts.map((_, kind) => kind);
  const gram = kinds.map((a) => kinds.map((b) => dot(rowOf(directions, a), rowOf(directions, b)) / classes));
  const pairs = eigen(gram).sort((x, y) => y.value - x.value);
  const traced = pairs.slice(0, classes - 1).reduce((sum, { value, vector }) => {
    const line = kinds.map((a) => dot(rowOf(projected, a, classes), vector) / total);
    return sum + dot(vector, line) / classes / value ** 2;
  }, 0);
  const trW = within.reduce((sum, value) => sum + value, 0) / total;
  const trB = kinds.reduce((sum, kind) => sum + (gram[kind]?.[kind] ?? NaN), 0);
  const variance = within.map((value, kind) => value / (counts[kind] ?? NaN));
  const separations = kinds.flatMap((a) =>
    kinds
      .filter((b) => b !== a)
      .map((b) => {
        const gap = rowOf(means, a).map((value, i) => value - (rowOf(means, b)[i] ?? NaN));
        return ((variance[a] ?? NaN) + (variance[b] ?? NaN)) / (2 * dot(gap, gap));
      }),
  );
  return {
    nc1: traced / classes,
    quotient: trW / trB,
    cdnv: separations.reduce((sum, value) => sum + value, 0) / separations.length,
  };
}

/** Rows of 3 √(C/(C−1)) (I − 11ᵀ/C), each twice, moved by ±noise along the next axis. */
function simplex(classes: number, noise: number): Labelled {
  const scale = 3 * Math.sqrt(classes / (classes - 1));
  const axis = Array.from({ length: classes }, (_, i) => i);
  const rows = axis.flatMap((kind) =>
    [-1, 1].map((sign) =>
      axis.map(
        (i) => scale * ((i === kind ? 1 : 0) - 1 / classes) + (i === (kind + 1) % classes ? sign * noise : 0),
      ),
    ),
  );
  return { rows, labels: axis.flatMap((kind) => [kind, kind]) };
}

/** Rows around means of length 3, like features before the last layer; every tenth label names no class. */
function clusters(count: number, width: number, classes: number, noise: number): Labelled {
  const means = normals(classes * width, 1);
  const values = normals(count * width, 2);
  const labels = Array.from({ length: count }, (_, row) =>
    row % 10 === 9 ? -1 : Math.floor(row * 1.7) % classes,
  );
  const rows = labels.map((label, row) =>
    Array.from({ length: width }, (_, i) =>
      Math.fround(
        3 * (means[Math.max(label, 0) * width + i] ?? NaN) + noise * (values[row * width + i] ?? NaN),
      ),
    ),
  );
  return { rows, labels };
}

const relative = (a: number[], b: number[]) => {
  const largest = Math.max(...b.map(Math.abs));
  expect(largest).toBeGreaterThan(0); // neither empty nor NaN
  return distance(
    a.map((value) => value / largest),
    b.map((value) => value / largest),
  );
};

describe.each([LAB, 'cpu'])('class statistics on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  it('give the collapse of the worked example, growing as the square of the noise', async () => {
    const near = collapse(await measured(simplex(4, 0.3), 4, 3));
    expect(near.nc1).toBeCloseTo(0.005625, 7);
    expect(near.quotient).toBeCloseTo(0.01, 7);
    expect(near.cdnv).toBeCloseTo(0.00375, 7);
    const far = collapse(await measured(simplex(4, 0.6), 4, 8));
    expect(far.nc1 / near.nc1).toBeCloseTo(4, 4);
    expect(far.quotient / near.quotient).toBeCloseTo(4, 4);
    expect(far.cdnv / near.cdnv).toBeCloseTo(4, 4);
    const none = collapse(await measured(simplex(4, 0), 4, 8));
    for (const value of Object.values(none)) expect(value).toBeLessThan(1e-12);
  });

  it('find the nearest mean, the lower one in a tie, none for NaN', async () => {
    const means = tf.tensor2d([0, 0, 2, 0, 0, 2], [3, 2]);
    const features = tf.tensor2d([0.1, 0, 1, 0, 1, 1, 0, 9, 5, -1, NaN, 0, Infinity, 0], [7, 2]);
    expect(await numbers(nearestMean(features, means))).toEqual([0, 0, 0, 2, 1, -1, 0]);
  });
});

describe('over thousands of rows', () => {
  beforeEach(async () => {
    await tf.setBackend(LAB);
  });

  it.each([
    [4000, 64, 10, 0.5, 125],
    [4000, 64, 10, 0.01, 125],
    [3000, 33, 7, 1, 3000],
  ])(
    'equal float64: %i rows, width %i, %i classes, noise %d, batches of %i',
    async (count, width, classes, noise, batch) => {
      const data = clusters(count, width, classes, noise);
      const want = exact(data, classes);
      const backend = asLab(tf.backend());
      for (const variant of [null, 'classes4', 'classes']) {
        backend.forcedVariant = variant;
        const got = await measured(data, classes, batch);
        backend.forcedVariant = null;
        expect(got.counts).toEqual(want.counts);
        expect(relative(got.sums, want.sums)).toBeLessThan(2e-6);
        expect(relative(got.means, want.means)).toBeLessThan(2e-6);
        expect(relative(got.within, want.within)).toBeLessThan(2e-5);
        expect(relative(got.projected, want.projected)).toBeLessThan(2e-5);
        const [metrics, truth] = [collapse(got), collapse(want)];
        expect(metrics.nc1 / truth.nc1).toBeCloseTo(1, 4);
        expect(metrics.quotient / truth.quotient).toBeCloseTo(1, 4);
        expect(metrics.cdnv / truth.cdnv).toBeCloseTo(1, 4);
      }
    },
  );

  it('give the same bits each time', async () => {
    const data = clusters(500, 20, 5, 0.5);
    expect(await measured(data, 5, 60)).toEqual(await measured(data, 5, 60));
  });
});

it('take one launch per batch for the sums and four for the scatter, in place', async () => {
  await tf.setBackend(LAB);
  const features = tf.tensor2d(normals(100 * 16, 1), [100, 16]);
  const labels = tf.tensor1d(new Int32Array(100), 'int32');
  const means = tf.tensor2d(normals(5 * 16, 2), [5, 16]);
  const sums = { sums: tf.variable(tf.zeros([5, 16])), counts: tf.variable(tf.zeros([5])) };
  const scatter = { projected: tf.variable(tf.zeros([5, 5])), within: tf.variable(tf.zeros([5])) };
  const before = tf.memory().numTensors;
  expect((await counting(() => addToClassSums(features, labels, sums))).dispatches).toBe(1);
  const second = await counting(() => addToClassScatter(features, labels, means, means, scatter));
  expect(second.dispatches).toBe(4);
  expect(tf.memory().numTensors).toBe(before);
});

it('refuse what does not go together', async () => {
  await tf.setBackend(LAB);
  const sums = { sums: tf.variable(tf.zeros([5, 16])), counts: tf.variable(tf.zeros([5])) };
  const labels = tf.zeros<tf.Rank.R1>([3], 'int32');
  expect(() => addToClassSums(tf.zeros([3, 15]), labels, sums)).toThrow(ShapeError);
  expect(() => addToClassSums(tf.zeros([4, 16]), labels, sums)).toThrow(ShapeError);
  expect(() => nearestMean(tf.zeros([4, 16]), tf.zeros([3, 15]))).toThrow(ShapeError);
});
