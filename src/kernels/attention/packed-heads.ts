import * as tf from '@tensorflow/tfjs-core';
import { f32, u32, type Shape } from '../kernel';
import { shapeText } from '../rows';
import { ShapeError } from '../shape-error';

export interface HeadsAttrs {
  heads: number;
  /** Features of one head. */
  headWidth: number;
}

/** Heads of qkv `[batch, tokens, 3 · heads · headWidth]`; not whole where it does not split. */
export const headsOf = (qkv: Shape, heads: number): HeadsAttrs => ({
  heads,
  headWidth: (qkv.at(-1) ?? 0) / (3 * heads),
});

/** @throws ShapeError unless qkv holds queries, keys and values of so many heads so wide. */
export function requirePacked(
  kernel: string,
  qkv: Shape,
  { heads, headWidth }: HeadsAttrs,
): { batch: number; tokens: number; width: number } {
  const [batch = 0, tokens = 0, packed = 0] = qkv;
  if (qkv.length !== 3 || !Number.isInteger(headWidth) || packed !== 3 * heads * headWidth) {
    throw new ShapeError(
      `${kernel} needs qkv [batch, tokens, 3 · heads · headWidth] with ${String(heads)} heads, got ${shapeText(qkv)}`,
    );
  }
  return { batch, tokens, width: heads * headWidth };
}

/** The sizes as the first fields of `Params`. */
export function headParams([batch = 0, tokens = 0]: Shape, { heads, headWidth }: HeadsAttrs) {
  return {
    batch: u32(batch),
    tokens: u32(tokens),
    heads: u32(heads),
    headWidth: u32(headWidth),
    scale: f32(1 / Math.sqrt(headWidth)),
  };
}

/** Queries, keys and values in plain tfjs, each `[batch, heads, tokens, headWidth]`; the queries are scaled. */
export function splitHeads(
  qkv: tf.Tensor,
  { heads, headWidth }: HeadsAttrs,
): Record<'q' | 'k' | 'v', tf.Tensor> {
  const [batch = 0, tokens = 0] = qkv.shape;
  const parts = tf.transpose(tf.reshape(qkv, [batch, tokens, 3, heads, headWidth]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(parts) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { q: tf.mul(q, 1 / Math.sqrt(headWidth)), k, v };
}

/** The heads `[batch, heads, tokens, headWidth]` side by side again: `[batch, tokens, heads · headWidth]`. */
export function mergeHeads(x: tf.Tensor): tf.Tensor {
  const [batch = 0, heads = 0, tokens = 0, headWidth = 0] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * headWidth]);
}
