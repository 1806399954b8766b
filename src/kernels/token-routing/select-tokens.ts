import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { detach } from '../detach';
import { flatWorkgroups, u32 } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import tiled from './select-tokens-tiled.wgsl?raw';
import portable from './select-tokens.wgsl?raw';

interface SelectAttrs {
  k: number;
  alwaysFirst: boolean;
}

/** Tokens that a workgroup's shared memory holds. */
const tiledTokens = 1024;

const selectTokensKernel = defineKernel<'scores', 'indices', SelectAttrs>({
  name: 'LabSelectTokens',
  variants: [
    { name: 'portable', wgsl: portable, workgroups: ({ scores }) => flatWorkgroups(scores[0] ?? 0, 64) },
    {
      name: 'tiled',
      wgsl: tiled,
      fits: ({ scores }) => (scores[1] ?? 0) <= tiledTokens,
      workgroups: ({ scores }) => flatWorkgroups(scores[0] ?? 0, 1),
    },
  ],
  inputs: ['scores'],
  outputs: ['indices'],
  integers: ['indices'],
  shape({ scores }, { k }) {
    const [batch = 0, tokens = 0] = scores;
    if (scores.length !== 2)
      throw new ShapeError(`selectTokens needs scores [batch, tokens], got ${shapeText(scores)}`);
    if (!Number.isInteger(k) || k < 1 || k > tokens) {
      throw new ShapeError(`selectTokens needs k in [1, ${String(tokens)}], got ${String(k)}`);
    }
    return { indices: [batch, k] };
  },
  params: ({ scores }, { k, alwaysFirst }) => ({
    batch: u32(scores[0] ?? 0),
    tokens: u32(scores[1] ?? 0),
    k: u32(k),
    alwaysFirst: u32(alwaysFirst ? 1 : 0),
  }),
  reference({ scores }, { k, alwaysFirst }) {
    const [batch = 0, tokens = 0] = scores.shape;
    const position = tf.range(0, tokens, 1, 'float32');
    const isLeft = tf.less(position, tf.reshape(position, [tokens, 1])); // [token, other]: other < token
    // NaN on top is a class of its own; within the others, numbers compare.
    const top = alwaysFirst ? tf.logicalOr(tf.isNaN(scores), tf.equal(position, 0)) : tf.isNaN(scores);
    const tier = tf.cast(top, 'float32');
    const value = tf.where(top, tf.zerosLike(scores), scores);
    const pair = (x: tf.Tensor) =>
      [tf.reshape(x, [batch, tokens, 1]), tf.reshape(x, [batch, 1, tokens])] as const;
    const [ownTier, otherTier] = pair(tier);
    const [own, other] = pair(value);
    const isEqualTier = tf.equal(otherTier, ownTier);
    const isHigher = tf.logicalOr(
      tf.greater(otherTier, ownTier),
      tf.logicalAnd(isEqualTier, tf.greater(other, own)),
    );
    const isTie = tf.logicalAnd(isEqualTier, tf.equal(other, own));
    const isBefore = tf.logicalOr(isHigher, tf.logicalAnd(isTie, isLeft));
    const rank = tf.sum(tf.cast(isBefore, 'float32'), 2);
    // The largest k of n − position among the chosen are their positions in ascending order.
    const key = tf.where(tf.less(rank, k), tf.sub(tokens, position), tf.zerosLike(rank));
    const { values } = tf.topk(key, k);
    return { indices: tf.cast(tf.sub(tokens, values), 'int32') };
  },
  cases: [
    { shapes: { scores: [1, 1] }, attrs: { k: 1, alwaysFirst: false } },
    { shapes: { scores: [3, 7] }, attrs: { k: 7, alwaysFirst: false } },
    { shapes: { scores: [3, 7] }, attrs: { k: 3, alwaysFirst: true } },
    { shapes: { scores: [2, 129] }, attrs: { k: 16, alwaysFirst: false } },
    { shapes: { scores: [65, 50] }, attrs: { k: 25, alwaysFirst: true } },
    { shapes: { scores: [1, 1025] }, attrs: { k: 300, alwaysFirst: false } },
  ],
  tolerance: { value: 0, grad: 0 },
});

/**
 * The k tokens of each row with the largest scores, as indices in ascending order. Ties go to the lower index, −0 equals 0,
 * and NaN ranks above infinity, so that a token with a score of NaN is worked on rather than passed over. k = tokens gives
 * 0, 1, 2 … No gradient flows through the choice.
 * @param scores `[batch, tokens]`
 * @param k tokens to select, in [1, tokens]
 * @param options.alwaysFirst token 0 (the class token) takes one of the k places whatever its score
 * @returns int32 `[batch, k]`
 * @throws ShapeError unless scores are a matrix and k fits it.
 */
export function selectTokens(
  scores: tf.Tensor2D,
  k: number,
  { alwaysFirst = false }: { alwaysFirst?: boolean } = {},
): tf.Tensor2D {
  // The tape must not lead from the indices back to what the scores came from.
  const detached = detach(scores);
  const { indices } = selectTokensKernel({ scores: detached }, { k, alwaysFirst });
  detached.dispose();
  return indices as tf.Tensor2D;
}
