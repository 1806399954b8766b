import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { requireEqual } from '../rows';
import gatedGradient from './gated-rows-gradient.wgsl?raw';
import {
  gatherTokens,
  placeTokens,
  sharedTokens,
  slotRows,
  tokenExtents,
  tokenParams,
  tokenSizes,
} from './gather-tokens';
import { laneVariants } from '../lane-variants';
import gated from './scatter-gated-tokens.wgsl?raw';
import scatter from './scatter-tokens.wgsl?raw';

function requireRows(kernel: string, z: Shape, indices: Shape, rows: Shape): void {
  const { batch, k, width } = tokenExtents(kernel, z, indices);
  requireEqual(kernel, 'rows', rows, 'one row per index', [batch, k, width]);
}

interface ScatterAttrs {
  /** Put the rows in the place of z's instead of adding them. */
  replace: boolean;
  /** z comes from `takeTokens`, whose gradient does not look at the replaced rows: they need not be zeroed. */
  isTaken: boolean;
}

export const scatterTokensKernel = defineKernel<'z' | 'indices' | 'rows', 'y', ScatterAttrs>({
  name: 'LabScatterTokens',
  variants: laneVariants<'z' | 'indices' | 'rows' | 'y'>(scatter, 'y', ({ y }, across) =>
    sharedTokens(y, across),
  ),
  inputs: ['z', 'indices', 'rows'],
  outputs: ['y'],
  integers: ['indices'],
  shape({ z, indices, rows }) {
    requireRows('scatterTokens', z, indices, rows);
    return { y: z };
  },
  params: ({ z, indices }, { replace }) => ({
    ...tokenParams(tokenExtents('scatterTokens', z, indices)),
    replace: u32(replace ? 1 : 0),
  }),
  gradient: {
    saves: ['indices'],
    backward: ({ y }, { indices: list }, { replace, isTaken }) => {
      const [dy, indices] = [y as tf.Tensor3D, list as tf.Tensor2D];
      const [batch, k] = indices.shape;
      const kept = () =>
        tf.equal(placeTokens({ rows: tf.ones([batch, k, 1]), indices }, { tokens: dy.shape[1] }).y, 0);
      return {
        z: () => (replace && !isTaken ? tf.mul(dy, tf.cast(kept(), 'float32')) : tf.clone(dy)),
        rows: () => gatherTokens(dy, indices),
      };
    },
  },
  reference({ z, indices, rows }, { replace }) {
    const slots = slotRows(indices, z.shape[1] ?? 0);
    const placed = tf.matMul(slots, rows, true, false);
    if (!replace) return { y: tf.add(z, placed) };
    const free = tf.cast(tf.equal(tf.sum(slots, 1), 0), 'float32');
    return { y: tf.add(tf.mul(z, tf.expandDims(free, 2)), placed) };
  },
  cases: tokenSizes.flatMap(({ batch, tokens, k, width, below }) =>
    [false, true].map((replace) => ({
      shapes: { z: [batch, tokens, width], indices: [batch, k], rows: [batch, k, width] },
      attrs: { replace, isTaken: false },
      below,
    })),
  ),
  tolerance: { value: 1e-6, grad: 1e-6 },
});

type GatedName = 'indices' | 'rows' | 'gate';

const gatedCases = tokenSizes.map(({ batch, tokens, k, width, below }) => ({
  whole: [batch, tokens, width],
  shapes: { indices: [batch, k], rows: [batch, k, width], gate: [batch, k] },
  below,
}));

/** drows = gate · dy at the indices, dgate = dy at the indices · rows. */
const gatedRowsGradient = defineKernel<'dy' | GatedName, 'drows' | 'dgate', object>({
  name: 'LabGatedRowsGradient',
  variants: [
    {
      name: 'portable',
      wgsl: gatedGradient,
      workgroups: ({ indices }) => flatWorkgroups(sizeOf(indices), 64),
    },
  ],
  inputs: ['dy', 'indices', 'rows', 'gate'],
  outputs: ['drows', 'dgate'],
  integers: ['indices'],
  shape({ dy, indices, rows, gate }) {
    requireRows('gatedRowsGradient', dy, indices, rows);
    requireEqual('gatedRowsGradient', 'gate', gate, 'indices', indices);
    return { drows: rows, dgate: gate };
  },
  params: ({ dy, indices }) => tokenParams(tokenExtents('gatedRowsGradient', dy, indices)),
  reference({ dy, indices, rows, gate }) {
    const gathered = tf.matMul(slotRows(indices, dy.shape[1] ?? 0), dy);
    return { drows: tf.mul(gathered, tf.expandDims(gate, 2)), dgate: tf.sum(tf.mul(gathered, rows), 2) };
  },
  cases: gatedCases.map(({ whole, shapes, below }) => ({
    shapes: { dy: whole, ...shapes },
    attrs: {},
    below,
  })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

const scatterGatedTokens = defineKernel<'z' | GatedName, 'y', object>({
  name: 'LabScatterGatedTokens',
  variants: laneVariants<'z' | GatedName | 'y'>(gated, 'y', ({ y }, across) => sharedTokens(y, across)),
  inputs: ['z', 'indices', 'rows', 'gate'],
  outputs: ['y'],
  integers: ['indices'],
  shape({ z, indices, rows, gate }) {
    requireRows('scatterAddTokens', z, indices, rows);
    requireEqual('scatterAddTokens', 'gate', gate, 'indices', indices);
    return { y: z };
  },
  params: ({ z, indices }) => tokenParams(tokenExtents('scatterAddTokens', z, indices)),
  gradient: {
    saves: ['indices', 'rows', 'gate'],
    backward({ y: dy }, { indices, rows, gate }) {
      // Made here rather than in a thunk: tfjs frees what a thunk makes and does not return, and two thunks share it.
      const { drows, dgate } = gatedRowsGradient({ dy, indices, rows, gate }, {});
      return { z: () => tf.clone(dy), rows: () => drows, gate: () => dgate };
    },
  },
  reference({ z, indices, rows, gate }) {
    const slots = slotRows(indices, z.shape[1] ?? 0);
    return { y: tf.add(z, tf.matMul(slots, tf.mul(rows, tf.expandDims(gate, 2)), true, false)) };
  },
  cases: gatedCases.map(({ whole, shapes, below }) => ({
    shapes: { z: whole, ...shapes },
    attrs: {},
    below,
  })),
  tolerance: { value: 1e-6, grad: 1e-5 },
});

/**
 * z with updates added at the listed tokens: y[b, t] = z[b, t] + Σ gate[b, s] updates[b, s] over the slots s with
 * indices[b, s] = t, in the order of the slots. Tokens that are not listed keep their bits. Differentiable once, in z,
 * updates and gate.
 * @param z `[batch, tokens, width]`
 * @param indices int32 `[batch, k]`, ascending, as from `selectTokens`; one that names no token is left out
 * @param updates `[batch, k, width]`
 * @param gate `[batch, k]`; without it every factor is 1
 * @throws ShapeError unless there is one update, and one gate, per index.
 */
export function scatterAddTokens(
  z: tf.Tensor3D,
  indices: tf.Tensor2D,
  updates: tf.Tensor3D,
  gate?: tf.Tensor2D,
): tf.Tensor3D {
  const { y } = gate
    ? scatterGatedTokens({ z, indices, rows: updates, gate }, {})
    : scatterTokensKernel({ z, indices, rows: updates }, { replace: false, isTaken: false });
  return y as tf.Tensor3D;
}

/**
 * z with the listed tokens replaced: y[b, t] = rows[b, s] where indices[b, s] = t, z[b, t] elsewhere. Both keep their
 * bits. (For an index listed twice, its rows add up.) Differentiable once, in z and rows. Where the rows were computed
 * from z's own, `routeThrough` does the same with fewer launches.
 * @param z `[batch, tokens, width]`
 * @param indices int32 `[batch, k]`, ascending, as from `selectTokens`
 * @param rows `[batch, k, width]`
 * @throws ShapeError unless there is one row per index.
 */
export function replaceTokens(z: tf.Tensor3D, indices: tf.Tensor2D, rows: tf.Tensor3D): tf.Tensor3D {
  return scatterTokensKernel({ z, indices, rows }, { replace: true, isTaken: false }).y as tf.Tensor3D;
}
