import * as tf from '@tensorflow/tfjs-core';
import { LAB, type LabBackend } from '../../engine/lab-backend';
import { sizeOf, type Shape } from '../kernel';
import { overrideKernel, viewed, type OverrideCall } from '../override-kernel';
import { runNative } from '../run-native';
import { matMul } from './matmul';

interface Factors {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  transposeA: boolean;
  transposeB: boolean;
}

/** Leading axes of a product; those of tfjs broadcast like everywhere else. */
const batchShape = ({ a, b }: Pick<Factors, 'a' | 'b'>): number[] =>
  tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));

/** The matrices repeated until they fill the batch. */
function repeat(backend: LabBackend, x: tf.TensorInfo, outer: readonly number[]): tf.TensorInfo {
  const shape = [...Array<number>(outer.length + 2 - x.shape.length).fill(1), ...x.shape];
  const reps = shape.map((extent, axis) => (axis < outer.length ? (outer[axis] ?? 1) / extent : 1));
  const tile = tf.getKernel(tf.Tile, LAB);
  return tile.kernelFunc({ inputs: { x: viewed(x, shape) }, attrs: { reps }, backend }) as tf.TensorInfo;
}

/** A·B with tfjs's meaning, on our kernel; null where that does not cover it. */
function multiply(
  backend: LabBackend,
  factors: Factors,
  bias: tf.TensorInfo | null,
  relu: boolean,
): tf.TensorInfo | null {
  const { a, b, transposeA, transposeB } = factors;
  if (sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0) return null;
  const outer = batchShape(factors);
  const batch = sizeOf(outer);
  const [batchA, batchB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
  // The kernel takes a whole batch or one matrix on each side; what is in between is repeated first.
  for (const [name, count] of [
    ['a', batchA],
    ['b', batchB],
  ] as const) {
    if (count === 1 || count === batch) continue;
    const whole = repeat(backend, factors[name], outer);
    const product = multiply(backend, { ...factors, [name]: whole }, bias, relu);
    backend.disposeData(whole.dataId);
    return product;
  }
  const [rowsA = 0, columnsA = 0] = a.shape.slice(-2);
  const [rowsB = 0, columnsB = 0] = b.shape.slice(-2);
  const [m, n] = [transposeA ? columnsA : rowsA, transposeB ? rowsB : columnsB];
  // One matrix B under all of A's: their rows stack into one tall product.
  const isStack = batchB === 1 && !transposeA;
  const { c } = runNative(
    matMul.kernel,
    backend,
    {
      a: viewed(a, isStack ? [1, batchA * rowsA, columnsA] : [batchA, rowsA, columnsA]),
      b: viewed(b, [batchB, rowsB, columnsB]),
      bias: bias ?? b,
    },
    { transposeA, transposeB, bias: bias !== null, relu },
  );
  return { ...c, shape: [...outer, m, n] };
}

function factorsOf({ inputs, attrs }: OverrideCall): Factors | null {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  return { a, b, transposeA: attrs['transposeA'] === true, transposeB: attrs['transposeB'] === true };
}

overrideKernel(tf.BatchMatMul, (call) => {
  const factors = factorsOf(call);
  return (factors && multiply(call.backend, factors, null, false)) ?? call.stock();
});

overrideKernel(tf._FusedMatMul, (call) => {
  const factors = factorsOf(call);
  const { bias } = call.inputs;
  const activation = call.attrs['activation'] ?? 'linear';
  const isRelu = activation === 'relu';
  if (!factors || (activation !== 'linear' && !isRelu)) return call.stock();
  if (!bias) return multiply(call.backend, factors, null, isRelu) ?? call.stock();
  const { b, transposeB } = factors;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 0;
  // Only a bias per column; tfjs also takes whole matrices of them.
  if (bias.dtype !== 'float32' || sizeOf(bias.shape) !== columns || bias.shape.at(-1) !== columns)
    return call.stock();
  return multiply(call.backend, factors, viewed(bias, [columns]), isRelu) ?? call.stock();
});

/** Sums a gradient over the axes along which its tensor was broadcast. */
function unbroadcast(gradient: tf.Tensor, shape: Shape): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], gradient.shape);
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), [...shape]);
}

/** The same matrices stacked into one, row under row. */
const stacked = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, x.shape.at(-1) ?? 0]);

// tfjs's own gradient is wrong for a factor that was broadcast: it does not sum over the batch.
tf.registerGradient({
  kernelName: tf.BatchMatMul,
  inputsToSave: ['a', 'b'],
  gradFunc: (gradient, saved, attributes) => {
    const dy = gradient as tf.Tensor;
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const { transposeA, transposeB } = attributes as unknown as Pick<Factors, 'transposeA' | 'transposeB'>;
    const isStack = !transposeA && b.rank === 2 && a.rank > 2;
    return {
      a: () =>
        unbroadcast(
          transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB),
          a.shape,
        ),
      b: () => {
        if (isStack) {
          const [rows, dyRows] = [stacked(a), stacked(dy)];
          return transposeB ? tf.matMul(dyRows, rows, true, false) : tf.matMul(rows, dyRows, true, false);
        }
        return unbroadcast(
          transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false),
          b.shape,
        );
      },
    };
  },
});
