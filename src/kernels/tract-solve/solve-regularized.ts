import * as tf from '@tensorflow/tfjs-core';
import { asLab, LAB, noteNativeKernel } from '../../engine/lab-backend';
import { f32, flatWorkgroups, sizeOf, u32, type Computation, type Shape } from '../kernel';
import { shapeText } from '../rows';
import { launch } from '../run-native';
import { ShapeError } from '../shape-error';
import backSubstitute from './back-substitute.wgsl?raw';
import factorColumns from './factor-columns.wgsl?raw';
import reduceRest from './reduce-rest.wgsl?raw';
import regularize from './regularize.wgsl?raw';
import { solveInFloat64 } from './solve-in-float64';

/** Columns that one step of the factorisation takes; rows and columns are padded to multiples of it. */
const tile = 8;
const padded = (extent: number): number => Math.ceil(extent / tile) * tile;
const nanBits = 0x7fc0_0000;

/** Size of the matrix and number of right-hand sides `[size, count]`. */
const extentsOf = (rhs: Shape) => ({ size: rhs[0] ?? 0, count: rhs[1] ?? 0 });

const regularizeStep: Computation<'gram' | 'lambda' | 'rhs' | 'work', { scale: number }> = {
  name: 'LabRegularize',
  variants: [
    { name: 'portable', wgsl: regularize, workgroups: ({ work }) => flatWorkgroups(sizeOf(work), 64) },
  ],
  params({ rhs, work }, { scale }) {
    const { size, count } = extentsOf(rhs);
    return {
      size: u32(size),
      count: u32(count),
      padded: u32(padded(size)),
      rows: u32(work[0] ?? 0),
      scale: f32(scale),
    };
  },
  tolerance: { value: 1e-6, grad: 0 },
};

const factorColumnsStep: Computation<'work' | 'factor', { first: number }> = {
  name: 'LabFactorColumns',
  variants: [
    {
      name: 'portable',
      wgsl: factorColumns,
      workgroups: ({ work: [rows = 0] }, { first }) => flatWorkgroups(rows - first - tile + 1, 32),
    },
  ],
  params: ({ work: [rows = 0, columns = 0] }, { first }) => ({
    padded: u32(columns),
    rows: u32(rows),
    first: u32(first),
    nan: u32(nanBits),
  }),
  tolerance: { value: 1e-5, grad: 0 },
};

const reduceRestStep: Computation<'work' | 'factor', { first: number }> = {
  name: 'LabReduceRest',
  variants: [
    {
      name: 'portable',
      wgsl: reduceRest,
      workgroups({ work: [rows = 0, columns = 0] }, { first }) {
        const next = first + tile;
        return flatWorkgroups(((rows - next) / 4) * ((columns - next) / tile), 32);
      },
    },
  ],
  params: ({ work: [rows = 0, columns = 0] }, { first }) => ({
    padded: u32(columns),
    rows: u32(rows),
    first: u32(first),
  }),
  tolerance: { value: 1e-5, grad: 0 },
};

const backSubstituteStep: Computation<'factor' | 'x', object> = {
  name: 'LabBackSubstitute',
  variants: [
    { name: 'portable', wgsl: backSubstitute, workgroups: ({ x }) => flatWorkgroups(extentsOf(x).count, 32) },
  ],
  params({ x }) {
    const { size, count } = extentsOf(x);
    return { size: u32(size), count: u32(count), padded: u32(padded(size)) };
  },
  tolerance: { value: 1e-5, grad: 0 },
};

const solve = 'LabSolveRegularized';

interface SolveAttrs {
  scale: number;
}

function requireSystem(gram: Shape, lambda: Shape, rhs: Shape): void {
  const { size, count } = extentsOf(rhs);
  if (
    gram.length !== 2 ||
    rhs.length !== 2 ||
    gram[0] !== size ||
    gram[1] !== size ||
    sizeOf(lambda) !== 1 ||
    count === 0
  ) {
    throw new ShapeError(
      `solveRegularized needs gram [size, size], one lambda and rhs [size, count], got ${shapeText(gram)}, ${shapeText(lambda)} and ${shapeText(rhs)}`,
    );
  }
}

// Two launches per eight columns, all on the same two buffers, which is why this is no kernel with variants of its own.
tf.registerKernel({
  kernelName: solve,
  backendName: LAB,
  kernelFunc({ inputs, backend, attrs }) {
    const lab = asLab(backend);
    const { gram, lambda, rhs } = inputs as Record<'gram' | 'lambda' | 'rhs', tf.TensorInfo>;
    const { size, count } = extentsOf(rhs.shape);
    const [columns, rows] = [padded(size), padded(size) + padded(count)];
    const make = (shape: number[]) => lab.makeTensorInfo(shape, 'float32');
    const [work, factor, x] = [make([rows, columns]), make([rows, columns]), make([size, count])];
    const { scale } = attrs as unknown as SolveAttrs;
    launch(regularizeStep, lab, ['gram', 'lambda', 'rhs'], ['work'], { gram, lambda, rhs, work }, { scale });
    for (let first = 0; first < columns; first += tile) {
      launch(factorColumnsStep, lab, ['work'], ['factor'], { work, factor }, { first });
      if (first + tile < columns) {
        launch(reduceRestStep, lab, ['factor'], ['work'], { work, factor }, { first });
      }
    }
    launch(backSubstituteStep, lab, ['factor'], ['x'], { factor, x }, {});
    lab.disposeData(work.dataId);
    lab.disposeData(factor.dataId);
    return x;
  },
});
noteNativeKernel(solve);

/** Values of a tensor on a backend that computes on the CPU, where reading them waits for nothing. */
// eslint-disable-next-line no-restricted-syntax
const valuesOf = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>();

/**
 * X = (scale · gram + λI)⁻¹ rhs by Cholesky factorisation and two triangular solves, for any number of right-hand sides.
 * Everything happens on the device. NaN where scale · gram + λI is not positive definite (a pivot that is not above 0).
 * Not differentiable.
 * @param gram symmetric `[size, size]`
 * @param lambda λ ≥ 0; as a tensor of one element it may change from replay to replay
 * @param rhs `[size, count]`
 * @param options.scale factor on gram, 1 / rows for a mean
 * @returns `[size, count]`
 * @throws ShapeError when the shapes do not go together.
 */
export function solveRegularized(
  gram: tf.Tensor2D,
  lambda: tf.Tensor | number,
  rhs: tf.Tensor2D,
  { scale = 1 }: { scale?: number } = {},
): tf.Tensor2D {
  return tf.tidy(() => {
    const shift = typeof lambda === 'number' ? tf.scalar(lambda) : lambda;
    requireSystem(gram.shape, shift.shape, rhs.shape);
    if (tf.getBackend() === LAB) return tf.engine().runKernel(solve, { gram, lambda: shift, rhs }, { scale });
    const [value = NaN] = valuesOf(shift);
    const x = solveInFloat64(valuesOf(gram), { scale, lambda: value }, valuesOf(rhs), gram.shape[0]);
    return tf.tensor2d(Float32Array.from(x), rhs.shape);
  });
}
