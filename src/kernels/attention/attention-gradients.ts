import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32 } from '../kernel';
import { columnsOf, requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import any from './attention-gradient.wgsl?raw';
import inHeads from './attention-gradient-heads.wgsl?raw';
import tiled from './attention-gradient-tiled.wgsl?raw';
import deltas from './attention-delta.wgsl?raw';
import { headVariants, tiledVariant } from './head-module';
import { headParams, mergeHeads, requirePacked, splitHeads, type HeadsAttrs } from './packed-heads';

/**
 * delta[h, i] = y[i]·dy[i] over head h: what the softmax takes off every score's gradient, once for all keys (Dao,
 * "FlashAttention-2", 2023, section 3.1.2). y, dy `[batch, tokens, width]`; delta `[batch, heads, tokens]`.
 */
export const attentionDelta = defineKernel<'y' | 'dy', 'delta', HeadsAttrs>({
  name: 'LabAttentionDelta',
  variants: [
    { name: 'portable', wgsl: deltas, workgroups: ({ delta }) => flatWorkgroups(sizeOf(delta), 64) },
  ],
  inputs: ['y', 'dy'],
  outputs: ['delta'],
  shape({ y, dy }, { heads, headWidth }) {
    requireEqual('attentionDelta', 'dy', dy, 'y', y);
    const [batch = 0, tokens = 0] = y;
    if (y.length !== 3 || columnsOf(y) !== heads * headWidth) {
      throw new ShapeError(`attentionDelta needs y [batch, tokens, heads · headWidth], got ${shapeText(y)}`);
    }
    return { delta: [batch, heads, tokens] };
  },
  params({ y: [batch = 0, tokens = 0] }, { heads, headWidth }) {
    return { batch: u32(batch), tokens: u32(tokens), heads: u32(heads), headWidth: u32(headWidth) };
  },
  reference({ y, dy }, { heads, headWidth }) {
    const [batch = 0, tokens = 0] = y.shape;
    const products = tf.reshape(tf.mul(y, dy), [batch, tokens, heads, headWidth]);
    return { delta: tf.transpose(tf.sum(products, -1), [0, 2, 1]) };
  },
  cases: [
    { shapes: { y: [1, 1, 1], dy: [1, 1, 1] }, attrs: { heads: 1, headWidth: 1 } },
    { shapes: { y: [3, 7, 12], dy: [3, 7, 12] }, attrs: { heads: 4, headWidth: 3 } },
    { shapes: { y: [2, 65, 10], dy: [2, 65, 10] }, attrs: { heads: 2, headWidth: 5 } },
  ],
  tolerance: { value: 1e-5, grad: 1e-5 },
});

/**
 * Gradient of self-attention with the weights w = exp(s − lse) computed again: with ds[i, j] = w[i, j] (dy[i]·v[j] −
 * delta[i]) / √headWidth, dq[i] = Σⱼ ds[i, j] k[j], dk[j] = Σᵢ ds[i, j] q[i] and dv[j] = Σᵢ w[i, j] dy[i].
 * dy `[batch, tokens, width]`; qkv, dqkv `[batch, tokens, 3 · width]`; lse, delta `[batch, heads, tokens]`.
 */
export const attentionGradient = defineKernel<'dy' | 'qkv' | 'lse' | 'delta', 'dqkv', HeadsAttrs>({
  name: 'LabAttentionGradient',
  variants: [
    ...headVariants<'dy' | 'qkv' | 'lse' | 'delta' | 'dqkv', HeadsAttrs>(
      { body: inHeads, reads: ['qkv', 'dy'], writes: ['dqkv'] },
      ({ lse: [batch = 0, heads = 0, tokens = 0] }, tileTokens, groupsFor) => {
        const [x, y] = groupsFor(batch * heads * Math.ceil(tokens / tileTokens));
        return [x, y, 2];
      },
    ),
    { name: 'portable', wgsl: any, workgroups: ({ lse }) => flatWorkgroups(2 * sizeOf(lse), 64) },
    tiledVariant<'dy' | 'qkv' | 'lse' | 'delta' | 'dqkv', HeadsAttrs>(
      { body: tiled, reads: ['qkv', 'dy', 'left', 'right'], writes: ['dqkv'] },
      ({ lse: [batch = 0, heads = 0, tokens = 0] }) => {
        const [x, y] = flatWorkgroups(batch * heads * Math.ceil(tokens / 64), 1);
        return [x, y, 2];
      },
    ),
  ],
  inputs: ['dy', 'qkv', 'lse', 'delta'],
  outputs: ['dqkv'],
  shape({ dy, qkv, lse, delta }, attrs) {
    const { batch, tokens, width } = requirePacked('attentionGradient', qkv, attrs);
    requireEqual('attentionGradient', 'dy', dy, 'the output', [batch, tokens, width]);
    requireEqual('attentionGradient', 'lse', lse, 'the query rows', [batch, attrs.heads, tokens]);
    requireEqual('attentionGradient', 'delta', delta, 'lse', lse);
    return { dqkv: qkv };
  },
  params: ({ qkv }, attrs) => headParams(qkv, attrs),
  reference({ dy, qkv, lse, delta }, attrs) {
    const { heads, headWidth } = attrs;
    const { q, k, v } = splitHeads(qkv, attrs);
    const [batch = 0, tokens = 0, width = 0] = dy.shape;
    const d = tf.transpose(tf.reshape(dy, [batch, tokens, heads, headWidth]), [0, 2, 1, 3]);
    const weights = tf.exp(tf.sub(tf.matMul(q, k, false, true), tf.expandDims(lse, -1)));
    const ds = tf.mul(weights, tf.sub(tf.matMul(d, v, false, true), tf.expandDims(delta, -1)));
    const dq = tf.mul(tf.matMul(ds, k), 1 / Math.sqrt(headWidth));
    const parts = [dq, tf.matMul(ds, q, true, false), tf.matMul(weights, d, true, false)];
    return { dqkv: tf.reshape(tf.concat(parts.map(mergeHeads), -1), [batch, tokens, 3 * width]) };
  },
  cases: [
    [1, 1, 1, 1],
    [2, 5, 1, 3],
    [2, 9, 3, 10],
    [1, 17, 2, 4],
    [3, 8, 2, 16],
    [2, 49, 1, 24],
    [1, 66, 1, 64],
    [1, 6, 1, 68],
  ].map(([batch = 0, tokens = 0, heads = 0, headWidth = 0]) => ({
    shapes: {
      dy: [batch, tokens, heads * headWidth],
      qkv: [batch, tokens, 3 * heads * headWidth],
      lse: [batch, heads, tokens],
      delta: [batch, heads, tokens],
    },
    attrs: { heads, headWidth },
  })),
  tolerance: { value: 1e-4, grad: 1e-4 },
});
