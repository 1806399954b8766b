import * as tf from '@tensorflow/tfjs-core';
import { headVariants } from '../attention/head-module';
import { headParams, headsOf, requirePacked, splitHeads, type HeadsAttrs } from '../attention/packed-heads';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Shape } from '../kernel';
import { requireEqual } from '../rows';
import { ShapeError } from '../shape-error';
import maps from './attention-map.wgsl?raw';
import inHeads from './attention-score-heads.wgsl?raw';
import any from './attention-score.wgsl?raw';

interface ScoreAttrs extends HeadsAttrs {
  /** Query rows that count, the first ones. */
  queries: number;
}

function requireRows(kernel: string, qkv: Shape, lse: Shape, attrs: HeadsAttrs) {
  const { batch, tokens } = requirePacked(kernel, qkv, attrs);
  requireEqual(kernel, 'lse', lse, 'the query rows', [batch, attrs.heads, tokens]);
  return { batch, tokens };
}

/** exp(s − lse) in plain tfjs: `[batch, heads, tokens, tokens]`. */
function mapOf(qkv: tf.Tensor, lse: tf.Tensor, attrs: HeadsAttrs): tf.Tensor {
  const { q, k } = splitHeads(qkv, attrs);
  return tf.exp(tf.sub(tf.matMul(q, k, false, true), tf.expandDims(lse, -1)));
}

const shapesOf = (qkv: Shape, heads: number) => ({ qkv, lse: [qkv[0] ?? 0, heads, qkv[1] ?? 0] });

const attentionScore = defineKernel<'qkv' | 'lse', 'score', ScoreAttrs>({
  name: 'LabAttentionScore',
  variants: [
    ...headVariants<'qkv' | 'lse' | 'score', ScoreAttrs>(
      { body: inHeads, reads: ['qkv'] },
      ({ score: [batch = 0, tokens = 0] }, tileTokens, groupsFor) =>
        groupsFor(batch * Math.ceil(tokens / tileTokens)),
    ),
    { name: 'portable', wgsl: any, workgroups: ({ score }) => flatWorkgroups(sizeOf(score), 64) },
  ],
  inputs: ['qkv', 'lse'],
  outputs: ['score'],
  shape({ qkv, lse }, attrs) {
    const { batch, tokens } = requireRows('attentionScore', qkv, lse, attrs);
    const { queries } = attrs;
    if (queries < 1 || queries > tokens) {
      throw new ShapeError(`attentionScore: ${String(queries)} of ${String(tokens)} query rows cannot count`);
    }
    return { score: [batch, tokens] };
  },
  params: ({ qkv }, attrs) => ({ ...headParams(qkv, attrs), queries: u32(attrs.queries) }),
  reference({ qkv, lse }, attrs) {
    const rows = tf.slice(mapOf(qkv, lse, attrs), [0, 0, 0, 0], [-1, -1, attrs.queries, -1]);
    return { score: tf.mean(rows, [1, 2]) };
  },
  cases: [
    { qkv: [1, 1, 3], heads: 1, queries: 1 },
    { qkv: [2, 9, 90], heads: 3, queries: 9 },
    { qkv: [1, 17, 24], heads: 2, queries: 17 },
    { qkv: [3, 8, 96], heads: 2, queries: 1 },
    { qkv: [2, 49, 72], heads: 1, queries: 49 },
    { qkv: [1, 66, 192], heads: 1, queries: 5 },
    { qkv: [1, 6, 204], heads: 1, queries: 6 },
  ].map(({ qkv, heads, queries }) => ({
    shapes: shapesOf(qkv, heads),
    attrs: { ...headsOf(qkv, heads), queries },
  })),
  tolerance: { value: 1e-4, grad: 1e-4 },
});

const attentionMapKernel = defineKernel<'qkv' | 'lse', 'map', HeadsAttrs>({
  name: 'LabAttentionMap',
  variants: [{ name: 'portable', wgsl: maps, workgroups: ({ map }) => flatWorkgroups(sizeOf(map), 64) }],
  inputs: ['qkv', 'lse'],
  outputs: ['map'],
  shape({ qkv, lse }, attrs) {
    const { batch, tokens } = requireRows('attentionMap', qkv, lse, attrs);
    return { map: [batch, attrs.heads, tokens, tokens] };
  },
  params: ({ qkv }, attrs) => headParams(qkv, attrs),
  reference: ({ qkv, lse }, attrs) => ({ map: mapOf(qkv, lse, attrs) }),
  cases: [
    { qkv: [1, 1, 3], heads: 1 },
    { qkv: [2, 9, 90], heads: 3 },
    { qkv: [1, 66, 24], heads: 2 },
  ].map(({ qkv, heads }) => ({ shapes: shapesOf(qkv, heads), attrs: headsOf(qkv, heads) })),
  tolerance: { value: 1e-4, grad: 1e-4 },
});

/**
 * Attention received by each token: rᵢ = 1/(H·N) Σ_h Σⱼ A_h[j, i], the mean of column i of the attention maps over all
 * heads and query rows (Gadhikar et al. 2024, equation 4). Scores are not negative and sum to 1 per image. The maps are
 * not stored. Not differentiable.
 * @param qkv what `attention` was given, `[batch, tokens, 3 · width]`
 * @param lse what it gave, `[batch, heads, tokens]`
 * @returns `[batch, tokens]`
 * @throws ShapeError unless the two go together.
 */
export function attentionReceived(qkv: tf.Tensor3D, lse: tf.Tensor3D): tf.Tensor2D {
  return attentionScore({ qkv, lse }, { ...headsOf(qkv.shape, lse.shape[1]), queries: qkv.shape[1] })
    .score as tf.Tensor2D;
}

/**
 * Attention that the first token, the class token, pays to each token: 1/H Σ_h A_h[0, i]. Otherwise like
 * `attentionReceived`.
 */
export function attentionOfFirst(qkv: tf.Tensor3D, lse: tf.Tensor3D): tf.Tensor2D {
  return attentionScore({ qkv, lse }, { ...headsOf(qkv.shape, lse.shape[1]), queries: 1 })
    .score as tf.Tensor2D;
}

/**
 * The row-stochastic attention maps A_h = softmax(Q Kᵀ / √headWidth), row = query, column = key, for showing them. Not
 * differentiable.
 * @param qkv what `attention` was given, `[batch, tokens, 3 · width]`
 * @param lse what it gave, `[batch, heads, tokens]`
 * @returns `[batch, heads, tokens, tokens]`
 * @throws ShapeError unless the two go together.
 */
export function attentionMap(qkv: tf.Tensor3D, lse: tf.Tensor3D): tf.Tensor4D {
  return attentionMapKernel({ qkv, lse }, headsOf(qkv.shape, lse.shape[1])).map as tf.Tensor4D;
}
