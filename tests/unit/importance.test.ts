import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { openCompute } from '../../src/engine/open-compute';
import { leaveOneOut } from '../../src/methods/routing/importance';
import type { BlockTaps, Vit } from '../../src/nn/vit';

beforeAll(async () => {
  await openCompute('cpu');
});

const TOKENS = 4;
/** Tokens of one number each, a class token first: two images with known signs, and more than fit into one batch. */
const values = [
  [9, 1, 2, -3],
  [9, 0, -1, 0.5],
  ...Array.from({ length: 48 }, (_, i) => [9, Math.sin(i), Math.cos(3 * i), Math.sin(2 * i + 1)]),
].map((image) => image.map(Math.fround));
const labels = values.map((_, image) => image % 2);

/** Two classes and no blocks to speak of: the logit of class 0 is the sum of all tokens but the first, that of class 1 is 0. */
const adding: Pick<Vit, 'forward' | 'continueFrom' | 'tokens'> = {
  tokens: TOKENS,
  forward: (patches, policy) => {
    const blocks: BlockTaps[] = [];
    for (let index = 0; index < 2; index++) {
      const previous = blocks.at(-1) ?? null;
      blocks.push(
        policy?.((z) => ({ z, attention: noAttention }), patches, previous, index) ?? { z: patches },
      );
    }
    return { logits: logitsOf(patches), blocks };
  },
  continueFrom: (_index, z) => ({ logits: logitsOf(z), blocks: [] }),
};
const refuse = (): never => {
  throw new Error('nothing attends here');
};
const noAttention = { received: refuse, ofClassToken: refuse, map: refuse };
function logitsOf(z: tf.Tensor3D): tf.Tensor2D {
  const [images, tokens] = z.shape;
  const sums = tf.sum<tf.Tensor2D>(tf.slice(z, [0, 1, 0], [images, tokens - 1, 1]), 1);
  return tf.concat([sums, tf.zerosLike(sums)], 1);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
/** −log of the logistic function of ±s. */
const lossOf = (s: number, label: number) => Math.log1p(Math.exp(label === 0 ? -s : s));

it('is the loss without a token less the loss with it, signed, in the order of images and tokens', async () => {
  const analysis = leaveOneOut(
    adding,
    {
      count: values.length,
      labels,
      patches: (from, to) => tf.tensor3d(values.slice(from, to).flat(), [to - from, TOKENS, 1]),
    },
    {
      blocks: [1],
      scoresAt: (taps) => tf.reshape(taps[1]?.z ?? tf.zeros([1, TOKENS]), [-1, TOKENS]),
      classToken: true,
      signal: new AbortController().signal,
    },
  );
  let next = await analysis.next();
  while (next.done !== true) next = await analysis.next();
  const [found] = next.value;
  const expected = values.flatMap(([, ...rest], image) =>
    rest.map((token) => {
      const [whole, label] = [sum(rest), labels[image] ?? -1];
      return lossOf(whole - token, label) - lossOf(whole, label);
    }),
  );
  expect(found?.block).toBe(1);
  expect([...(found?.scores ?? [])]).toEqual(values.flatMap(([, ...rest]) => rest));
  expect(found?.importance).toHaveLength(150);
  for (const [i, change] of expected.entries()) expect(found?.importance[i]).toBeCloseTo(change, 6);
  // Tokens that speak for the label help, those against it harm, and one that says nothing is worth nothing.
  expect([...(found?.importance ?? [])].slice(0, 6).map(Math.sign)).toEqual([1, 1, -1, 0, 1, -1]);
});
