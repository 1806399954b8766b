import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, u32, type Shape, type Variant } from '../kernel';
import { ShapeError } from '../shape-error';
import b4 from './matmul-b4.wgsl?raw';
import nn4 from './matmul-nn4.wgsl?raw';
import nt4 from './matmul-nt4.wgsl?raw';
import tn4 from './matmul-tn4.wgsl?raw';
import portable from './matmul.wgsl?raw';

export interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
  /** Add `bias`; without it anything may be bound in its place. */
  bias: boolean;
  relu: boolean;
}

type Name = 'a' | 'b' | 'bias' | 'c';

/** Extents of C = A·B: `[m, k]·[k, n]`, with the number of matrices on each side. */
function extents({ a, b }: Record<'a' | 'b', Shape>, { transposeA, transposeB }: MatMulAttrs) {
  const [batchA = 0, rowsA = 0, columnsA = 0] = a;
  const [batchB = 0, rowsB = 0, columnsB = 0] = b;
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [innerB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  return { batchA, batchB, batch: Math.max(batchA, batchB), m, k, innerB, n };
}

/** Rows and columns of C per invocation. */
const tileRows = 4;
const tileColumns = 8;

function variant(
  name: string,
  wgsl: string,
  fits?: (size: ReturnType<typeof extents>, attrs: MatMulAttrs) => boolean,
): Variant<Name, MatMulAttrs> {
  return {
    name,
    wgsl,
    ...(fits
      ? { fits: (shapes: Record<Name, Shape>, attrs: MatMulAttrs) => fits(extents(shapes, attrs), attrs) }
      : {}),
    workgroups(shapes, attrs) {
      const { m, n, batch } = extents(shapes, attrs);
      return flatWorkgroups(batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns), 32);
    },
  };
}

const byFour = (...sizes: number[]) => sizes.every((size) => size % 4 === 0);

/**
 * C = act(A·B + bias) over a batch of matrices; a side with one matrix is shared by the whole batch.
 * a `[batch | 1, m, k]`, b `[batch | 1, k, n]`, each possibly transposed; bias `[n]`; c `[batch, m, n]`.
 */
export const matMul = defineKernel<'a' | 'b' | 'bias', 'c', MatMulAttrs>({
  name: 'LabMatMul',
  variants: [
    variant('nn4', nn4, ({ k, n }, { transposeA, transposeB }) => !transposeA && !transposeB && byFour(k, n)),
    variant('tn4', tn4, ({ m, n }, { transposeA, transposeB }) => transposeA && !transposeB && byFour(m, n)),
    variant('nt4', nt4, ({ k }, { transposeA, transposeB }) => !transposeA && transposeB && byFour(k)),
    variant('b4', b4, ({ n }, { transposeB }) => !transposeB && byFour(n)),
    variant('portable', portable),
  ],
  inputs: ['a', 'b', 'bias'],
  outputs: ['c'],
  shape(shapes, attrs) {
    const { a, b, bias } = shapes;
    const { batchA, batchB, batch, m, n, k, innerB } = extents(shapes, attrs);
    const isFit =
      a.length === 3 &&
      b.length === 3 &&
      k === innerB &&
      [1, batch].includes(batchA) &&
      [1, batch].includes(batchB) &&
      (!attrs.bias || (bias.length === 1 && bias[0] === n));
    if (!isFit) {
      throw new ShapeError(
        `matMul needs [batch, m, k]·[batch, k, n] + [n], got [${a.join(', ')}]${attrs.transposeA ? 'ᵀ' : ''}·[${b.join(', ')}]${attrs.transposeB ? 'ᵀ' : ''}${attrs.bias ? ` + [${bias.join(', ')}]` : ''}`,
      );
    }
    return { c: [batch, m, n] };
  },
  params(shapes, attrs) {
    const { batchA, batchB, batch, m, n, k } = extents(shapes, attrs);
    const { transposeA, transposeB, bias, relu } = attrs;
    return {
      m: u32(m),
      n: u32(n),
      k: u32(k),
      batch: u32(batch),
      batchA: u32(batchA === 1 ? 0 : m * k),
      batchB: u32(batchB === 1 ? 0 : k * n),
      rowA: u32(transposeA ? 1 : k),
      stepA: u32(transposeA ? m : 1),
      stepB: u32(transposeB ? 1 : n),
      columnB: u32(transposeB ? k : 1),
      bias: u32(bias ? 1 : 0),
      relu: u32(relu ? 1 : 0),
    };
  },
  reference({ a, b, bias }, { transposeA, transposeB, bias: hasBias, relu }) {
    const batch = Math.max(a.shape[0], b.shape[0]);
    const whole = (x: tf.Tensor) => (x.shape[0] === batch ? x : tf.tile(x, [batch, 1, 1]));
    const product = tf.matMul(whole(a), whole(b), transposeA, transposeB);
    const sum = hasBias ? tf.add(product, bias) : product;
    return { c: relu ? tf.relu(sum) : sum };
  },
  cases: [
    [1, 1, 1, 1],
    [1, 16, 64, 12],
    [2, 17, 65, 13],
    [3, 5, 3, 7],
    [1, 20, 68, 131],
    [2, 36, 132, 8],
    [1, 3, 1, 64],
  ].flatMap(([batch = 0, m = 0, n = 0, k = 0], index) =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({
        shapes: {
          // Across the cases: both sides batched, then A shared, then B shared.
          a: transposeA ? [index % 3 === 1 ? 1 : batch, k, m] : [index % 3 === 1 ? 1 : batch, m, k],
          b: transposeB ? [index % 3 === 2 ? 1 : batch, n, k] : [index % 3 === 2 ? 1 : batch, k, n],
          bias: [n],
        },
        attrs: { transposeA, transposeB, bias: index % 2 === 0, relu: index % 4 === 0 },
      })),
    ),
  ),
  tolerance: { value: 1e-5, grad: 1e-5 },
});
