import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { sizeOf, u32, type Case, type Param, type Shape } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import gather from './gather-tokens.wgsl?raw';
import { laneVariants } from '../lane-variants';
import place from './place-tokens.wgsl?raw';

/** The extents that all token kernels share. */
export interface TokenExtents {
  batch: number;
  tokens: number;
  k: number;
  width: number;
}

/** @throws ShapeError unless `whole` is [batch, tokens, width] and `indices` is [batch, k]. */
export function tokenExtents(kernel: string, whole: Shape, indices: Shape): TokenExtents {
  const [batch = 0, tokens = 0, width = 0] = whole;
  if (whole.length !== 3 || indices.length !== 2 || indices[0] !== batch) {
    throw new ShapeError(
      `${kernel} needs [batch, tokens, width] and indices [batch, k], got ${shapeText(whole)} and ${shapeText(indices)}`,
    );
  }
  return { batch, tokens, k: indices[1] ?? 0, width };
}

/** The first fields of the token kernels' `Params`. */
export const tokenParams = ({ batch, tokens, k, width }: TokenExtents): Record<string, Param> => ({
  batch: u32(batch),
  tokens: u32(tokens),
  k: u32(k),
  width: u32(width),
});

/** Invocations of a kernel that gives each token up to eight of them. */
export const sharedTokens = (whole: Shape, across: number): number =>
  (whole[0] ?? 0) * (whole[1] ?? 0) * Math.min(across, 8);

/** Rows of zeros with a one at the index, `[batch, k, tokens]`: gathering and scattering are products with it. */
export const slotRows = (indices: tf.Tensor, tokens: number): tf.Tensor =>
  tf.cast(tf.equal(tf.expandDims(indices, 2), tf.range(0, tokens, 1, 'int32')), 'float32');

/**
 * Sizes that every token kernel is tried on. Lists must ascend: random ones do when they have one entry (which may name no
 * token) or when all of it is token 0, listed k times.
 */
export const tokenSizes: readonly (TokenExtents & { below: number })[] = [
  { batch: 1, tokens: 1, k: 1, width: 1, below: 2 },
  { batch: 5, tokens: 7, k: 1, width: 33, below: 8 },
  { batch: 9, tokens: 50, k: 1, width: 36, below: 50 },
  { batch: 2, tokens: 7, k: 3, width: 5, below: 1 },
  { batch: 3, tokens: 5, k: 5, width: 8, below: 1 },
];

/**
 * y[b, t] = Σ rows[b, s] over the slots s with indices[b, s] = t, in the order of the slots; zeros elsewhere.
 * rows `[batch, k, width]`, indices int32 `[batch, k]` ascending, y `[batch, tokens, width]`. The gradient of
 * `gatherTokens`.
 */
export const placeTokens = defineKernel<'rows' | 'indices', 'y', { tokens: number }>({
  name: 'LabPlaceTokens',
  variants: laneVariants<'rows' | 'indices' | 'y'>(place, 'y', ({ y }, across) => sharedTokens(y, across)),
  inputs: ['rows', 'indices'],
  outputs: ['y'],
  integers: ['indices'],
  shape({ rows, indices }, { tokens }) {
    const { batch, k, width } = tokenExtents('placeTokens', rows, indices);
    if (rows[1] !== k) {
      throw new ShapeError(
        `placeTokens needs one row per index, got ${shapeText(rows)} and ${shapeText(indices)}`,
      );
    }
    return { y: [batch, tokens, width] };
  },
  params: ({ y, indices }) => tokenParams(tokenExtents('placeTokens', y, indices)),
  reference: ({ rows, indices }, { tokens }) => ({
    y: tf.matMul(slotRows(indices, tokens), rows, true, false),
  }),
  cases: tokenSizes.map(
    ({ batch, tokens, k, width, below }): Case<'rows' | 'indices', { tokens: number }> => ({
      shapes: { rows: [batch, k, width], indices: [batch, k] },
      attrs: { tokens },
      below,
    }),
  ),
  tolerance: { value: 1e-6, grad: 1e-6 },
});

export const gatherTokensKernel = defineKernel<'z' | 'indices', 'y', { tokens: number }>({
  name: 'LabGatherTokens',
  variants: laneVariants<'z' | 'indices' | 'y'>(
    gather,
    'y',
    ({ y }, across) => sizeOf(y.slice(0, 2)) * across,
  ),
  inputs: ['z', 'indices'],
  outputs: ['y'],
  integers: ['indices'],
  shape({ z, indices }) {
    const { batch, k, width } = tokenExtents('gatherTokens', z, indices);
    return { y: [batch, k, width] };
  },
  params: ({ z, indices }) => tokenParams(tokenExtents('gatherTokens', z, indices)),
  gradient: {
    saves: ['indices'],
    backward: ({ y: dy }, { indices }, { tokens }) => ({
      z: () => placeTokens({ rows: dy, indices }, { tokens }).y,
    }),
  },
  reference: ({ z, indices }, { tokens }) => ({ y: tf.matMul(slotRows(indices, tokens), z) }),
  cases: tokenSizes.map(({ batch, tokens, k, width, below }) => ({
    shapes: { z: [batch, tokens, width], indices: [batch, k] },
    attrs: { tokens },
    below,
  })),
  tolerance: { value: 0, grad: 1e-6 },
});

/**
 * The listed tokens: y[b, s] = z[b, indices[b, s]], copied to the bit. The gradient puts each row back where it came from
 * (rows listed twice add up in the order of the list). Differentiable once, in z.
 * @param z `[batch, tokens, width]`
 * @param indices int32 `[batch, k]`, ascending, as from `selectTokens`; one that names no token gives zeros
 * @returns `[batch, k, width]`
 * @throws ShapeError unless there is one list per example.
 */
export function gatherTokens(z: tf.Tensor3D, indices: tf.Tensor2D): tf.Tensor3D {
  return gatherTokensKernel({ z, indices }, { tokens: z.shape[1] }).y as tf.Tensor3D;
}
