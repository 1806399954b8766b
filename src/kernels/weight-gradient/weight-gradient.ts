import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import type { ProductSpec } from '../matmul/product-module';
import { productParams, productVariants } from '../matmul/product-variants';
import { columnsOf, rowsOf, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import sumAny from './sum-parts.wgsl?raw';
import sumFours from './sum-parts4.wgsl?raw';

const noAttrs = {};

const product: ProductSpec = {
  about: `Partial sums of a linear layer's weight and bias gradient, over \`chunk\` of the rows each: parts[z, i, j] = Σᵣ x[r, i] dy[r, j] and,
as row m, parts[z, m, j] = Σᵣ dy[r, j], r from z chunk to (z + 1) chunk.
A = xᵀ, x [rows, m] · B = dy [rows, n] · parts [batch, m + 1, n]`,
  fields: '  chunk: u32, // rows in a part',
  columns: [{ name: 'parts', access: 'read_write' }],
  put: '  write_parts((z * (p.m + 1u) + row) * p.n + column, left, sum);',
  isSplit: true,
};

/** Rows in one part: enough parts to occupy a graphics card, long enough that summing them costs little. */
function chunkOf({ x, dy }: Record<'x' | 'dy', Shape>): number {
  const tiles = Math.ceil(columnsOf(x) / 16) * Math.ceil(columnsOf(dy) / 16);
  const wanted = Math.ceil(4096 / tiles);
  return Math.max(128, 32 * Math.ceil(rowsOf(x) / wanted / 32));
}

function extents(shapes: Record<'x' | 'dy', Shape>) {
  const { x, dy } = shapes;
  return {
    m: columnsOf(x),
    n: columnsOf(dy),
    k: rowsOf(x),
    batch: Math.ceil(rowsOf(x) / chunkOf(shapes)),
    transposeA: true,
    transposeB: false,
  };
}

/** x `[…, inputs]` and dy `[…, outputs]` of as many rows → parts `[count, inputs + 1, outputs]`, dw above db. */
const gradientParts = defineKernel<'x' | 'dy', 'parts', object>({
  name: 'LabWeightGradientParts',
  variants: productVariants(product, ['tn', 'any'], extents),
  inputs: ['x', 'dy'],
  outputs: ['parts'],
  shape(shapes) {
    const { x, dy } = shapes;
    if (x.length === 0 || dy.length === 0 || rowsOf(x) !== rowsOf(dy)) {
      throw new ShapeError(
        `weightGradient needs as many rows of x as of dy, got ${shapeText(x)} and ${shapeText(dy)}`,
      );
    }
    const { m, n, batch } = extents(shapes);
    return { parts: [batch, m + 1, n] };
  },
  params(shapes) {
    return {
      ...productParams(extents(shapes), { a: true, b: true }),
      chunk: u32(chunkOf(shapes)),
    };
  },
  reference({ x, dy }) {
    const rows = rowsOf(x.shape);
    const chunk = chunkOf({ x: x.shape, dy: dy.shape });
    const [allX, allDy] = [tf.reshape<tf.Rank.R2>(x, [rows, -1]), tf.reshape<tf.Rank.R2>(dy, [rows, -1])];
    const parts: tf.Tensor2D[] = [];
    for (let from = 0; from < rows; from += chunk) {
      const size = Math.min(chunk, rows - from);
      const [part, dyPart] = [tf.slice(allX, [from, 0], [size, -1]), tf.slice(allDy, [from, 0], [size, -1])];
      parts.push(tf.concat([tf.matMul(part, dyPart, true, false), tf.sum(dyPart, 0, true)], 0));
    }
    return { parts: tf.stack(parts) };
  },
  cases: [
    [1, 1, 1],
    [3, 5, 7],
    [130, 17, 13],
    [260, 3, 65],
    [129, 68, 12],
    [2, 4, 4],
    [300, 20, 132],
  ].map(([rows = 0, m = 0, n = 0]) => ({ shapes: { x: [rows, m], dy: [rows, n] }, attrs: noAttrs })),
  tolerance: { value: 2e-5, grad: 1e-5 },
});

/** parts `[count, inputs + 1, outputs]` → dw `[inputs, outputs]`, db `[outputs]`: sums over the first axis, in order. */
const sumParts = defineKernel<'parts', 'dw' | 'db', object>({
  name: 'LabWeightGradientSum',
  variants: [
    {
      name: 'fours',
      wgsl: sumFours,
      fits: ({ parts }) => columnsOf(parts) % 4 === 0,
      workgroups: ({ parts }) => flatWorkgroups(sizeOf(parts.slice(1)) / 4, 64),
    },
    { name: 'portable', wgsl: sumAny, workgroups: ({ parts }) => flatWorkgroups(sizeOf(parts.slice(1)), 64) },
  ],
  inputs: ['parts'],
  outputs: ['dw', 'db'],
  shape({ parts }) {
    const [, rows = 0, columns = 0] = parts;
    if (parts.length !== 3 || rows < 2) {
      throw new ShapeError(`weightGradient sums [count, inputs + 1, outputs], got ${shapeText(parts)}`);
    }
    return { dw: [rows - 1, columns], db: [columns] };
  },
  params({ parts }) {
    const [count = 0, rows = 0, columns = 0] = parts;
    return { count: u32(count), rows: u32(rows - 1), columns: u32(columns) };
  },
  reference({ parts }) {
    const sum = tf.sum<tf.Tensor2D>(parts, 0);
    const [rows, columns] = sum.shape;
    return {
      dw: tf.slice(sum, [0, 0], [rows - 1, columns]),
      db: tf.reshape(tf.slice(sum, [rows - 1, 0], [1, columns]), [columns]),
    };
  },
  cases: [
    [1, 2, 1],
    [3, 8, 5],
    [25, 17, 12],
    [2, 66, 4],
  ].map((parts) => ({ shapes: { parts }, attrs: noAttrs })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/**
 * Gradients of y = x W + b with respect to W and b: dW = Σᵣ x[r]ᵀ dy[r], db = Σᵣ dy[r] over all rows r, in a fixed order; two
 * launches for both.
 * @param x `[…, inputs]`
 * @param dy `[…, outputs]`, as many rows
 * @returns dw `[inputs, outputs]`, db `[outputs]`
 * @throws ShapeError unless x and dy have as many rows.
 */
export function weightGradient(x: tf.Tensor, dy: tf.Tensor): Record<'dw' | 'db', tf.Tensor> {
  return tf.tidy(() => sumParts(gradientParts({ x, dy }, noAttrs), noAttrs));
}
