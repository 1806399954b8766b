import * as tf from '@tensorflow/tfjs-core';
import type { BlockPolicy, BlockTaps, Vit } from '../../nn/vit';

/**
 * Sequences that go through the model at once, if one image makes no more; it changes no result. Few, so that a software
 * adapter tells its progress every second.
 */
const MOST_SEQUENCES = 64;

/** Images with their classes, as a leave-one-out analysis reads them. */
export interface LabelledImages {
  count: number;
  /** Those from `from` up to `to`, `[to − from, patches, patchValues]`. */
  patches(from: number, to: number): tf.Tensor3D;
  /** Class index of each. */
  labels: ArrayLike<number>;
}

export interface LeaveOneOut {
  /** Tokens' way through the blocks; every token takes all where left out. */
  policy?: BlockPolicy | undefined;
  /** Blocks to analyse, counted from 0. */
  blocks: readonly number[];
  /** Routing scores at such a block in a whole pass, `[images, tokens]`. */
  scoresAt: (taps: readonly BlockTaps[], block: number) => tf.Tensor2D;
  /** Whether the first token is a class token, which is never removed. */
  classToken: boolean;
  signal: AbortSignal;
}

/** Scores and importances of each token of each image at one block, image by image, a class token left out. */
export interface TokenImportance {
  /** Counted from 0. */
  block: number;
  scores: Float32Array;
  /** Loss without the token − loss with it, in nats. */
  importance: Float32Array;
}

/** Forward passes done, of those needed. */
export interface PassesDone {
  done: number;
  total: number;
}

/**
 * How much each token matters from a block on, by leaving it out: I_{l,i} is the image's cross-entropy when token i is
 * removed from the input of block l, so that the rest of the pass has N − 1 tokens, less its cross-entropy in a whole
 * pass (Gadhikar et al. 2024, section 4.4 and figure 7). Positive where the token helps.
 *
 * The way up to block l is computed once per image. There, routers that read the attention before it choose among the
 * remaining tokens by the scores of the whole pass; from then on by the shortened pass itself. Random routers draw anew.
 *
 * Yields how far it is between batches and looks at its signal there.
 * @returns one entry per analysed block, in order
 */
export async function* leaveOneOut(
  model: Pick<Vit, 'forward' | 'continueFrom' | 'tokens'>,
  images: LabelledImages,
  { policy, blocks, scoresAt, classToken, signal }: LeaveOneOut,
): AsyncGenerator<PassesDone, TokenImportance[], void> {
  const { tokens } = model;
  const first = classToken ? 1 : 0;
  const removable = tokens - first;
  const atOnce = Math.max(1, Math.floor(MOST_SEQUENCES / removable));
  const total = images.count * removable * blocks.length;
  const found = blocks.map((block) => ({
    block,
    scores: new Float32Array(images.count * removable),
    importance: new Float32Array(images.count * removable),
  }));
  let done = 0;
  yield { done, total };
  for (let from = 0; from < images.count; from += atOnce) {
    signal.throwIfAborted();
    const to = Math.min(from + atOnce, images.count);
    const whole = tf.tidy(() => wholePass(model, images.patches(from, to), blocks, scoresAt, policy));
    const remaining = tf.tensor1d(remainingTokens(to - from, tokens, first), 'int32');
    try {
      const labels = Array.from({ length: to - from }, (_, i) => images.labels[from + i] ?? -1);
      const losses = crossEntropies(await whole.logits.data<'float32'>(), labels);
      const labelsOfShortened = labels.flatMap((label) => new Array<number>(removable).fill(label));
      for (const [position, { scores, importance, block }] of found.entries()) {
        const [z, scoresHere] = [whole.inputs[position], whole.scores[position]];
        if (!z || !scoresHere) throw new Error(`The model has no block ${block + 1}`);
        signal.throwIfAborted();
        const logits = tf.tidy(() => {
          const previous = shortenedPrevious(z, scoresHere, remaining);
          return model.continueFrom(block, previous.z, previous, policy).logits;
        });
        try {
          const shortened = crossEntropies(await logits.data<'float32'>(), labelsOfShortened);
          const change = shortened.map((loss, i) => loss - (losses[Math.floor(i / removable)] ?? NaN));
          importance.set(change, from * removable);
        } finally {
          logits.dispose();
        }
        const known = await scoresHere.data<'float32'>();
        scores.set(
          known.filter((_, i) => i % tokens >= first),
          from * removable,
        );
        done += (to - from) * removable;
        yield { done, total };
      }
    } finally {
      tf.dispose([whole, remaining]);
    }
  }
  return found;
}

/** A pass with all tokens: logits, and what came to the analysed blocks with its scores. */
function wholePass(
  model: Pick<Vit, 'forward'>,
  patches: tf.Tensor3D,
  analysed: readonly number[],
  scoresAt: LeaveOneOut['scoresAt'],
  policy: BlockPolicy = (block, z) => block(z),
): { logits: tf.Tensor2D; inputs: (tf.Tensor3D | undefined)[]; scores: tf.Tensor2D[] } {
  const inputs: tf.Tensor3D[] = [];
  const { logits, blocks } = model.forward(patches, (block, z, previous, index) => {
    inputs[index] = z;
    return policy(block, z, previous, index);
  });
  return {
    logits,
    inputs: analysed.map((index) => inputs[index]),
    scores: analysed.map((index) => scoresAt(blocks, index)),
  };
}

/** Positions in `[images × tokens]` of the tokens that remain when one is removed, for every image and every one. */
function remainingTokens(images: number, tokens: number, first: number): Int32Array {
  const positions: number[] = [];
  for (let image = 0; image < images; image++)
    for (let removed = first; removed < tokens; removed++)
      for (let token = 0; token < tokens; token++)
        if (token !== removed) positions.push(image * tokens + token);
  return Int32Array.from(positions);
}

/**
 * What the block before an analysed one would have given without the removed token: one shortened sequence for every
 * image and every removed token. A router that reads attention finds the scores of the whole pass there.
 */
function shortenedPrevious(z: tf.Tensor3D, scores: tf.Tensor2D, remaining: tf.Tensor1D): BlockTaps {
  const [images, tokens, width] = z.shape;
  const left = tokens - 1;
  const shortScores = () =>
    tf.reshape<tf.Rank.R2>(tf.gather(tf.reshape(scores, [images * tokens]), remaining), [-1, left]);
  return {
    z: tf.reshape(tf.gather(tf.reshape(z, [images * tokens, width]), remaining), [-1, left, width]),
    attention: {
      received: shortScores,
      ofClassToken: shortScores,
      map() {
        throw new Error('A shortened pass has no attention map of the block before it began');
      },
    },
  };
}

/** −log softmax(logits)[label] of each row, in float64, because differences of these are what is looked at. */
function crossEntropies(logits: Float32Array, labels: readonly number[]): Float64Array {
  const classes = logits.length / labels.length;
  return Float64Array.from(labels, (label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return Math.log(sum) + largest - (row[label] ?? NaN);
  });
}
