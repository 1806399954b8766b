import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import gradient from './token-embedding-gradient.wgsl?raw';
import forward from './token-embedding.wgsl?raw';

const tokenEmbeddingGradient = defineKernel<'dz', 'dpatches' | 'dfirst' | 'dposition', object>({
  name: 'LabTokenEmbeddingGradient',
  variants: [
    {
      name: 'portable',
      wgsl: gradient,
      workgroups: ({ dposition }) => flatWorkgroups(sizeOf(dposition), 64),
    },
  ],
  inputs: ['dz'],
  outputs: ['dpatches', 'dfirst', 'dposition'],
  shape({ dz }) {
    const [batch = 0, tokens = 0, width = 0] = dz;
    if (dz.length !== 3 || tokens < 2) {
      throw new ShapeError(`tokenEmbeddingGradient needs dz [batch, 2 or more, width], got ${shapeText(dz)}`);
    }
    return { dpatches: [batch, tokens - 1, width], dfirst: [1, 1, width], dposition: [1, tokens, width] };
  },
  params: ({ dz: [batch = 0, tokens = 0, width = 0] }) => ({
    batch: u32(batch),
    tokens: u32(tokens),
    width: u32(width),
  }),
  reference({ dz }) {
    const dposition = tf.sum(dz, 0, true);
    return {
      dpatches: tf.slice(dz, [0, 1, 0], [-1, -1, -1]),
      dfirst: tf.slice(dposition, [0, 0, 0], [1, 1, -1]),
      dposition,
    };
  },
  cases: [
    [1, 2, 1],
    [3, 5, 7],
    [65, 10, 8],
  ].map((dz) => ({ shapes: { dz }, attrs: {} })),
  tolerance: { value: 1e-5, grad: 1e-5 },
});

const tokenEmbeddingKernel = defineKernel<'patches' | 'first' | 'position', 'z', object>({
  name: 'LabTokenEmbedding',
  variants: [{ name: 'portable', wgsl: forward, workgroups: ({ z }) => flatWorkgroups(sizeOf(z), 64) }],
  inputs: ['patches', 'first', 'position'],
  outputs: ['z'],
  shape({ patches, first, position }) {
    const [batch = 0, count = 0, width = 0] = patches;
    if (patches.length !== 3) {
      throw new ShapeError(`tokenEmbedding needs patches [batch, patches, width], got ${shapeText(patches)}`);
    }
    requireEqual('tokenEmbedding', 'first', first, 'one token', [1, 1, width]);
    requireEqual('tokenEmbedding', 'position', position, 'one position per token', [1, count + 1, width]);
    return { z: [batch, count + 1, width] };
  },
  params: ({ z }) => ({ size: u32(sizeOf(z)), tokens: u32(z[1] ?? 0), width: u32(z[2] ?? 0) }),
  gradient: {
    saves: [],
    backward({ z: dz }) {
      // Made here rather than in a thunk: tfjs frees what a thunk makes and does not return, and three thunks share it.
      const { dpatches, dfirst, dposition } = tokenEmbeddingGradient({ dz }, {});
      return { patches: () => dpatches, first: () => dfirst, position: () => dposition };
    },
  },
  reference({ patches, first, position }) {
    const [batch = 0] = patches.shape;
    const repeated = tf.tile(first, [batch, 1, 1]);
    return { z: tf.add(tf.concat([repeated, patches], 1), position) };
  },
  cases: [
    [1, 1, 1],
    [3, 4, 7],
    [65, 9, 8],
  ].map((patches) => {
    const [, count = 0, width = 0] = patches;
    return { shapes: { patches, first: [1, 1, width], position: [1, count + 1, width] }, attrs: {} };
  }),
  tolerance: { value: 1e-6, grad: 1e-5 },
});

/**
 * Tokens of a vision transformer: the class token, then the embedded patches, each plus its position (Dosovitskiy et al.,
 * "An image is worth 16×16 words", ICLR 2021, equation 1). One launch, and one on the way back. Differentiable once.
 * @param patches embedded patches, `[batch, patches, width]`
 * @param first the class token, `[1, 1, width]`
 * @param position `[1, patches + 1, width]`
 * @returns `[batch, patches + 1, width]`
 * @throws ShapeError when these do not go together.
 */
export function tokenEmbedding(patches: tf.Tensor3D, first: tf.Tensor, position: tf.Tensor): tf.Tensor3D {
  return tokenEmbeddingKernel({ patches, first, position }, {}).z as tf.Tensor3D;
}
