import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { ShapeError } from '../../src/kernels/shape-error';
import { solveInFloat64 } from '../../src/kernels/tract-solve/solve-in-float64';
import { solveRegularized } from '../../src/kernels/tract-solve/solve-regularized';
import { counting } from './counting';
import { distance, normals } from './random-tensor';
import { tractOfRows } from './tract-of-rows';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();
beforeEach(async () => {
  await tf.setBackend(LAB);
});

const numbers = async (x: tf.Tensor) => [...(await x.data())];

/** Neighbouring pixels are alike: rows whose columns are correlated, which makes the Gram matrix ill-conditioned. */
function smoothRows(rows: number, columns: number, seed: number): Float32Array {
  const noise = normals(rows * columns, seed);
  const common = normals(rows, seed + 1);
  return noise.map((value, i) => 0.4 * value + 0.9 * (common[Math.floor(i / columns)] ?? NaN));
}

/** XᵀX / rows of float32 values, in float64. */
function gramOf(x: Float32Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const xi = (x[row * columns + i] ?? NaN) / rows;
      for (let j = 0; j < columns; j++)
        gram[i * columns + j] = (gram[i * columns + j] ?? NaN) + xi * (x[row * columns + j] ?? NaN);
    }
  }
  return gram;
}

/** Q D Qᵀ in float32 with eigenvalues D from 1 down to 1 / condition, evenly in logarithm, Q a product of reflections. */
function symmetricOf(size: number, condition: number): Float32Array {
  let matrix = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => (i === j ? condition ** (-i / (size - 1)) : 0)),
  );
  const transposed = (of: Float64Array[]) => of.map((_, i) => Float64Array.from(of, (row) => row[i] ?? NaN));
  for (let reflection = 0; reflection < 4; reflection++) {
    const v = Float64Array.from(normals(size, 40 + reflection));
    const squares = v.reduce((sum, x) => sum + x * x, 0);
    // H A H, H = I − 2 v vᵀ / vᵀv: from the right, then the same of the transpose.
    const reflected = (of: Float64Array[]) =>
      of.map((row) => {
        const along = (2 * row.reduce((sum, x, i) => sum + x * (v[i] ?? NaN), 0)) / squares;
        return row.map((x, i) => x - along * (v[i] ?? NaN));
      });
    matrix = reflected(transposed(reflected(matrix)));
  }
  return Float32Array.from(matrix.flatMap((row) => [...row]));
}

/** Largest |a − b| relative to the largest |b|. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const largest = Math.max(...Array.from(b, Math.abs));
  expect(largest).toBeGreaterThan(0); // neither empty nor NaN
  return distance(
    Array.from(a, (value) => value / largest),
    Array.from(b, (value) => value / largest),
  );
}

describe('regularised systems', () => {
  it.each([
    [1, 1],
    [2, 3],
    [7, 5],
    [8, 8],
    [9, 1],
    [16, 64],
    [27, 33],
    [65, 9],
    [130, 17],
  ])('equal the solution in float64: size %i, %i right-hand sides', async (size, count) => {
    const gram = gramOf(normals(3 * size * size, 1), 3 * size, size);
    const rhs = normals(size * count, 2);
    const kept = Float32Array.from(gram);
    const got = solveRegularized(tf.tensor2d(kept, [size, size]), 0.1, tf.tensor2d(rhs, [size, count]));
    expect(got.shape).toEqual([size, count]);
    const want = solveInFloat64(kept, { scale: 1, lambda: Math.fround(0.1) }, rhs, size);
    expect(relative(await numbers(got), want)).toBeLessThan(1e-5);
  });

  it.each([0.001, 0.01, 0.1, 1, 10])('holds what the conditioning lets it: λ = %d', async (lambda) => {
    const [rows, size, count] = [400, 147, 6];
    const kept = Float32Array.from(gramOf(smoothRows(rows, size, 3), rows, size));
    const rhs = normals(size * count, 4);
    const got = await numbers(
      solveRegularized(tf.tensor2d(kept, [size, size]), lambda, tf.tensor2d(rhs, [size, count])),
    );
    const want = solveInFloat64(kept, { scale: 1, lambda: Math.fround(lambda) }, rhs, size);
    // The largest eigenvalue is about size · 0.9²; the smallest about 0.4² (1 − √(size / rows))² + λ.
    const condition = (size * 0.81 + lambda) / (0.16 * (1 - Math.sqrt(size / rows)) ** 2 + lambda);
    expect(relative(got, want)).toBeLessThan(condition * 2 ** -24 * 8);
  });

  it.each([1, 1e2, 1e4, 1e5, 1e6])(
    'stays within 2 · condition · 2⁻²⁴ of float64, no less than 2 units in the last place: condition %d',
    async (condition) => {
      for (const size of [27, 48, 147]) {
        const matrix = symmetricOf(size, condition);
        const rhs = normals(size * 5, 32);
        const got = await numbers(
          solveRegularized(tf.tensor2d(matrix, [size, size]), 0, tf.tensor2d(rhs, [size, 5])),
        );
        const want = solveInFloat64(matrix, { scale: 1, lambda: 0 }, rhs, size);
        expect(relative(got, want), `size ${size}`).toBeLessThan(Math.max(2, condition) * 2 * 2 ** -24);
      }
    },
  );

  it('solves for whole images of 28 × 28 pixels, 784 unknowns', async () => {
    const [size, condition] = [784, 1e4];
    const matrix = symmetricOf(size, condition);
    const rhs = normals(size * 3, 33);
    const got = solveRegularized(tf.tensor2d(matrix, [size, size]), 0, tf.tensor2d(rhs, [size, 3]));
    const want = solveInFloat64(matrix, { scale: 1, lambda: 0 }, rhs, size);
    expect(relative(await numbers(got), want)).toBeLessThan(condition * 2 * 2 ** -24);
  });

  it('scales the matrix, takes λ as a tensor, and solves for the identity: the inverse', async () => {
    const gram = tf.tensor2d([4, 2, 2, 10], [2, 2]);
    const inverse = solveRegularized(gram, tf.scalar(1), tf.eye(2), { scale: 0.5 });
    // (1/2 A + I) = [[3, 1], [1, 6]], determinant 17
    expect(distance(await numbers(inverse), [6 / 17, -1 / 17, -1 / 17, 3 / 17])).toBeLessThan(1e-7);
  });

  it('gives NaN for a matrix that is not positive definite, wherever its bad pivot is', async () => {
    for (const size of [1, 5, 9, 20]) {
      for (const bad of [0, size - 1]) {
        for (const pivot of [-1, 0, NaN]) {
          const diagonal = Array.from({ length: size }, (_, i) => (i === bad ? pivot : 2));
          const gram = tf.tidy(() => tf.mul<tf.Tensor2D>(tf.eye(size), tf.tensor1d(diagonal)));
          const x = await numbers(solveRegularized(gram, 0, tf.ones([size, 2])));
          const isVisible = x.filter(Number.isNaN).length;
          // A diagonal matrix couples nothing, so only the equations that elimination reaches are lost for certain.
          expect(isVisible, `size ${size}, pivot ${pivot} at ${bad}`).toBeGreaterThan(0);
          expect(x[2 * bad]).toBeNaN();
        }
      }
    }
    const indefinite = tf.tensor2d([1, 2, 2, 1], [2, 2]);
    expect(await numbers(solveRegularized(indefinite, 0, tf.ones([2, 1])))).toEqual([NaN, NaN]);
    expect((await numbers(solveRegularized(indefinite, 1.5, tf.ones([2, 1])))).every(Number.isFinite)).toBe(
      true,
    );
  });

  it('gives the same bits each time and keeps no tensor', async () => {
    const gram = tf.tensor2d(Float32Array.from(gramOf(normals(100 * 30, 1), 100, 30)), [30, 30]);
    const rhs = tf.tensor2d(normals(30 * 10, 2), [30, 10]);
    const before = tf.memory().numTensors;
    const [first, second] = [solveRegularized(gram, 0.1, rhs), solveRegularized(gram, 0.1, rhs)];
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(await numbers(first)).toEqual(await numbers(second));
  });

  it('takes two launches per eight unknowns and one more', async () => {
    const [gram, rhs, lambda] = [tf.eye(48), tf.ones<tf.Rank.R2>([48, 10]), tf.scalar(1)];
    const { dispatches } = await counting(() => void solveRegularized(gram, lambda, rhs));
    expect(dispatches).toBe((2 * 48) / 8 + 1);
  });

  it('refuses what does not go together', () => {
    expect(() => solveRegularized(tf.eye(3), 1, tf.ones([2, 3]))).toThrow(ShapeError);
    expect(() => solveRegularized(tf.ones([3, 2]), 1, tf.ones([3, 2]))).toThrow(ShapeError);
    expect(() => solveRegularized(tf.eye(3), tf.ones([2]), tf.ones([3, 1]))).toThrow(ShapeError);
  });
});

describe.each([LAB, 'cpu'])("TrAct's gradient on %s", (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  const x = () => tf.tensor2d([1, 0, 2, -1, 0, 1, -1, 1, 2, 1, 0, 0], [3, 4]);
  const dz = () => tf.tensor2d([0.1, -0.2, 0.3, 0, -0.1, 0.4], [3, 2]);
  const transposed = (g: tf.Tensor2D) => numbers(tf.transpose(g));

  it('has the values of the worked example', async () => {
    // prettier-ignore
    const small = [-0.356182, 0.581663, 0.398974, 0.373511, 0.593862, -0.180463, -0.559202, -0.131862];
    // prettier-ignore
    const large = [-0.066667, 0.133333, 0.033333, 0.1, 0.253333, 0.093333, -0.186667, 0.04];
    expect(distance(await transposed(tractOfRows(x(), dz(), 0.1)), small)).toBeLessThan(2e-6);
    expect(distance(await transposed(tractOfRows(x(), dz(), 1)), large)).toBeLessThan(1e-6);
    const plain = await transposed(tf.matMul(x(), dz(), true, false));
    const huge = (await transposed(tractOfRows(x(), dz(), 1e6))).map((value) => value * 1e6);
    expect(distance(huge, plain)).toBeLessThan(1e-5);
    // What the step does to the pre-activations.
    const moved = tf.matMul(x(), tractOfRows(x(), dz(), 0.1));
    // prettier-ignore
    expect(distance(await numbers(moved), [0.068254, -0.392681, 0.556201, 0.246878, -0.1307, 1.007261])).toBeLessThan(2e-6);
  });

  it('has the values of the worked convolution, whose rows are the patches', async () => {
    // prettier-ignore
    const patches = tf.tensor2d([0.1, 0.2, 0.4, 0.5, 0.2, 0.3, 0.5, 0.6, 0.4, 0.5, 0.7, 0.8, 0.5, 0.6, 0.8, 0.9], [4, 4]);
    const g = tractOfRows(patches, tf.tensor2d([0.1, -0.2, 0.3, 0.4], [4, 1]), 0.1);
    expect(distance(await numbers(g), [0.514286, 0.442857, 0.3, 0.228571])).toBeLessThan(2e-6);
  });

  it('moves the pre-activations by rows · dZ as λ goes to 0, with fewer rows than inputs', async () => {
    const moved = await numbers(tf.matMul(x(), tractOfRows(x(), dz(), 1e-6)));
    expect(distance(moved, [0.3, -0.6, 0.9, 0, -0.3, 1.2])).toBeLessThan(1e-5);
  });

  it('is the same from either side of rows = inputs', async () => {
    // Rows of zeros with no gradient change the mean only, so they take a wide input over to the primal form.
    const [rows, inputs, outputs] = [20, 33, 5];
    const wide = tf.tensor2d(smoothRows(rows, inputs, 5), [rows, inputs]);
    const gradient = tf.tensor2d(normals(rows * outputs, 6), [rows, outputs]);
    const zeros = tf.zeros<tf.Rank.R2>([rows, inputs]);
    const tall = tf.concat2d([wide, zeros], 0);
    const tallGradient = tf.concat2d([gradient, tf.zeros([rows, outputs])], 0);
    const dual = await numbers(tractOfRows(wide, gradient, 0.2));
    // Twice the rows halve the Gram matrix: λ goes with it, and G doubles.
    const primal = await numbers(tf.mul(tractOfRows(tall, tallGradient, 0.1), 0.5));
    expect(relative(primal, dual)).toBeLessThan(2e-5);
  });

  it('stays the same when every row is doubled and its gradient halved', async () => {
    const [rows, inputs, outputs] = [40, 9, 3];
    const values = tf.tensor2d(smoothRows(rows, inputs, 7), [rows, inputs]);
    const gradient = tf.tensor2d(normals(rows * outputs, 8), [rows, outputs]);
    const half = tf.mul<tf.Tensor2D>(gradient, 0.5);
    const once = await numbers(tractOfRows(values, gradient, 0.1));
    const twice = tractOfRows(tf.concat2d([values, values], 0), tf.concat2d([half, half], 0), 0.1);
    expect(relative(await numbers(twice), once)).toBeLessThan(2e-5);
  });

  it('divides each row of one-hot inputs by how often it occurs', async () => {
    const ids = [0, 0, 0, 1, 1, 2];
    const inputs = tf.cast(tf.oneHot(tf.tensor1d(ids, 'int32'), 3) as tf.Tensor2D, 'float32');
    const gradient = tf.tensor2d(normals(12, 9), [6, 2]);
    const plain = await numbers(tf.matMul(inputs, gradient, true, false));
    const frequency = [3 / 6, 2 / 6, 1 / 6];
    const want = plain.map((value, i) => value / ((frequency[Math.floor(i / 2)] ?? NaN) + 0.1));
    expect(distance(await numbers(tractOfRows(inputs, gradient, 0.1)), want)).toBeLessThan(2e-6);
  });

  it('times the regularised Gram matrix is the plain gradient, for a whole patch embedding', async () => {
    const [rows, inputs, outputs] = [500, 48, 20];
    const values = tf.tensor2d(smoothRows(rows, inputs, 10), [rows, inputs]);
    const gradient = tf.tensor2d(normals(rows * outputs, 11), [rows, outputs]);
    const g = tractOfRows(values, gradient, 0.1);
    const gram = tf.add(tf.div(tf.matMul(values, values, true, false), rows), tf.mul(tf.eye(inputs), 0.1));
    const plain = await numbers(tf.matMul(values, gradient, true, false));
    expect(relative(await numbers(tf.matMul<tf.Tensor>(gram, g)), plain)).toBeLessThan(1e-5);
  });
});
