import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { u32, type Shape } from '../kernel';
import { ShapeError } from '../shape-error';
import { productParams, productVariants } from './product-variants';
import type { ProductSpec } from './product-module';

export interface MatMulAttrs {
  transposeA: boolean;
  transposeB: boolean;
  /** Add `bias`; without it anything of four numbers or more may be bound in its place, for instance `b`. */
  bias: boolean;
  relu: boolean;
}

/** Extents of C = A·B: `[m, k]·[k, n]`, with the number of matrices on each side. */
function extents(
  { a, b }: Record<'a' | 'b', Shape>,
  { transposeA, transposeB }: Pick<MatMulAttrs, 'transposeA' | 'transposeB'>,
) {
  const [batchA = 0, rowsA = 0, columnsA = 0] = a;
  const [batchB = 0, rowsB = 0, columnsB = 0] = b;
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [innerB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  const batch = Math.max(batchA, batchB);
  return { batchA, batchB, batch, m, k, innerB, n, transposeA, transposeB };
}

const product: ProductSpec = {
  about: `C = act(A·B + bias), batched: C[z, row, column] = act(Σₖ A[z, row, k] B[z, k, column] + bias[column]).
A [batch or 1, m, k] or transposed · B [batch or 1, k, n] or transposed · bias [n] · C [batch, m, n]`,
  fields: `  bias: u32, // 1: add bias[column]
  relu: u32, // 1: negative results become 0`,
  columns: [
    { name: 'bias', access: 'read' },
    { name: 'c', access: 'read_write' },
  ],
  put: `  var value = sum;
  if (p.bias == 1u) { value += read_bias(column, left); }
  // Comparing keeps NaN, which max() need not.
  if (p.relu == 1u) { value = select(value, vec4<f32>(), value < vec4<f32>()); }
  write_c((z * p.m + row) * p.n + column, left, value);`,
};

/**
 * C = act(A·B + bias) over a batch of matrices; a side with one matrix is shared by the whole batch.
 * a `[batch | 1, m, k]`, b `[batch | 1, k, n]`, each possibly transposed; bias `[n]`; c `[batch, m, n]`.
 */
export const matMul = defineKernel<'a' | 'b' | 'bias', 'c', MatMulAttrs>({
  name: 'LabMatMul',
  variants: productVariants(product, ['nn', 'tn', 'nt', 'b4', 'any'], extents),
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
    const size = extents(shapes, attrs);
    return {
      ...productParams(size, { a: size.batchA === 1, b: size.batchB === 1 }),
      bias: u32(attrs.bias ? 1 : 0),
      relu: u32(attrs.relu ? 1 : 0),
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
