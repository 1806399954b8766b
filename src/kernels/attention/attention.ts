import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf } from '../kernel';
import { attentionDelta, attentionGradient } from './attention-gradients';
import inHeads from './attention-heads.wgsl?raw';
import tiled from './attention-tiled.wgsl?raw';
import any from './attention.wgsl?raw';
import { headVariants, tiledVariant } from './head-module';
import { headParams, headsOf, mergeHeads, requirePacked, splitHeads, type HeadsAttrs } from './packed-heads';

const attentionKernel = defineKernel<'qkv', 'y' | 'lse', HeadsAttrs>({
  name: 'LabAttention',
  variants: [
    ...headVariants<'qkv' | 'y' | 'lse', HeadsAttrs>(
      { body: inHeads, reads: ['qkv'], writes: ['y'] },
      ({ lse: [batch = 0, heads = 0, tokens = 0] }, tileTokens, groupsFor) =>
        groupsFor(batch * heads * Math.ceil(tokens / tileTokens)),
    ),
    { name: 'portable', wgsl: any, workgroups: ({ lse }) => flatWorkgroups(sizeOf(lse), 64) },
    tiledVariant<'qkv' | 'y' | 'lse', HeadsAttrs>(
      { body: tiled, reads: ['qkv', 'keys', 'values'], writes: ['y'] },
      ({ lse: [batch = 0, heads = 0, tokens = 0] }) =>
        flatWorkgroups(batch * heads * Math.ceil(tokens / 64), 1),
    ),
  ],
  inputs: ['qkv'],
  outputs: ['y', 'lse'],
  shape({ qkv }, attrs) {
    const { batch, tokens, width } = requirePacked('attention', qkv, attrs);
    return { y: [batch, tokens, width], lse: [batch, attrs.heads, tokens] };
  },
  params: ({ qkv }, attrs) => headParams(qkv, attrs),
  gradient: {
    saves: ['qkv', 'y', 'lse'],
    auxiliary: ['lse'],
    backward: ({ y: dy }, { qkv, y, lse }, attrs) => ({
      qkv: () =>
        attentionGradient({ dy, qkv, lse, delta: attentionDelta({ y, dy }, attrs).delta }, attrs).dqkv,
    }),
  },
  reference({ qkv }, attrs) {
    const { q, k, v } = splitHeads(qkv, attrs);
    const scores = tf.matMul(q, k, false, true); // [batch, heads, tokens, tokens]
    return { y: mergeHeads(tf.matMul(tf.softmax(scores), v)), lse: tf.logSumExp(scores, -1) };
  },
  cases: [
    { qkv: [1, 1, 3], heads: 1 },
    { qkv: [2, 5, 9], heads: 1 },
    { qkv: [2, 9, 90], heads: 3 },
    { qkv: [1, 17, 24], heads: 2 },
    { qkv: [3, 8, 96], heads: 2 },
    { qkv: [2, 49, 72], heads: 1 },
    { qkv: [1, 66, 192], heads: 1 },
    { qkv: [1, 6, 204], heads: 1 },
  ].map(({ qkv, heads }) => ({ shapes: { qkv }, attrs: headsOf(qkv, heads) })),
  tolerance: { value: 2e-5, grad: 1e-4 },
});

export interface Attention {
  /** softmax(Q Kᵀ / √headWidth) V of all heads side by side: `[batch, tokens, width]`. */
  y: tf.Tensor3D;
  /** log Σ exp of each row of scores, `[batch, heads, tokens]`. No gradient flows through it. */
  lse: tf.Tensor3D;
}

/**
 * Multi-head self-attention, softmax(Q Kᵀ / √headWidth) V head by head, as in Vaswani et al., "Attention is all you need"
 * (2017), equation 1. On WebGPU no map of tokens × tokens is ever stored. Differentiable once.
 * @param qkv queries, keys and values side by side, each `heads` × headWidth: `[batch, tokens, 3 · width]`
 * @throws ShapeError unless qkv splits into three times `heads` equally wide heads.
 */
export function attention(qkv: tf.Tensor3D, heads: number): Attention {
  const { y, lse } = attentionKernel({ qkv }, headsOf(qkv.shape, heads));
  return { y: y as tf.Tensor3D, lse: lse as tf.Tensor3D };
}
