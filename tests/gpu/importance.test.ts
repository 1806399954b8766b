import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import '../../src/kernels/native';
import { selectTokens } from '../../src/kernels/token-routing/select-tokens';
import { createRng } from '../../src/math/philox-rng';
import {
  leaveOneOut,
  type LabelledImages,
  type PassesDone,
  type TokenImportance,
} from '../../src/methods/routing/importance';
import { routeTokens } from '../../src/methods/routing/route-tokens';
import { createRouting, type RouterName } from '../../src/methods/routing/routing';
import { createVit, type BlockPolicy, type BlockTaps, type Vit } from '../../src/nn/vit';
import { Evaluator } from '../../src/nn/evaluator';
import { normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const PATCHES = 9;
const PATCH_VALUES = 4;
const CLASSES = 5;
const IMAGES = 3;
const labels = [4, 0, 2];
const values = normals(IMAGES * PATCHES * PATCH_VALUES, 7);
const perImage = PATCHES * PATCH_VALUES;
const patchesOf = (from: number, to: number) =>
  tf.tensor3d(values.slice(from * perImage, to * perImage), [to - from, PATCHES, PATCH_VALUES]);
const images: LabelledImages = { count: IMAGES, labels, patches: patchesOf };

/** A model whose tokens matter: with initial values of the head it would say nearly the same of every image. */
function model(readout: 'class' | 'mean' = 'class'): Vit {
  const shape = {
    ...{ patches: PATCHES, patchValues: PATCH_VALUES, width: 16, heads: 2, mlpRatio: 2, depth: 4 },
    ...{ classes: CLASSES, readout },
  };
  const vit = createVit(shape, createRng(3).fork('init'));
  for (const [name, variable] of vit.parameters.entries())
    if (name.startsWith('head') || name === 'position')
      variable.assign(tf.tensor(normals(variable.size, 5), variable.shape));
  return vit;
}

async function lossOf(logits: tf.Tensor, label: number): Promise<number> {
  const evaluator = new Evaluator();
  evaluator.add((await logits.data()) as Float32Array, Int32Array.of(label));
  return evaluator.result().loss;
}

/** Without one token: `[images, tokens]` or `[images, tokens, width]`. */
function without<R extends tf.Rank>(x: tf.Tensor<R>, token: number): tf.Tensor<R> {
  const before = tf.slice(x, [0, 0], [-1, token]);
  const after = tf.slice(x, [0, token + 1], [-1, (x.shape[1] ?? 0) - token - 1]);
  return tf.concat<tf.Tensor<R>>([before, after], 1);
}

/** One image, one token and one block at a time, in an ordinary forward pass that leaves the token out on its way. */
async function byBruteForce(
  vit: Vit,
  block: number,
  first: number,
  route: (block: number, token: number) => BlockPolicy,
): Promise<number[]> {
  const changes: number[] = [];
  for (let image = 0; image < IMAGES; image++) {
    const loss = async (token: number) => {
      const { logits } = vit.forward(patchesOf(image, image + 1), route(block, token));
      return lossOf(logits, labels[image] ?? -1);
    };
    const whole = await loss(-1);
    for (let token = first; token < vit.tokens; token++) changes.push((await loss(token)) - whole);
  }
  return changes;
}

async function analysed(
  vit: Vit,
  options: Partial<Parameters<typeof leaveOneOut>[2]> & { blocks: readonly number[] },
): Promise<{ found: TokenImportance[]; told: PassesDone[] }> {
  const told: PassesDone[] = [];
  const analysis = leaveOneOut(vit, images, {
    scoresAt: (taps, block) => taps[block]?.scores ?? tf.zeros([IMAGES, vit.tokens]),
    classToken: true,
    signal: new AbortController().signal,
    ...options,
  });
  for (;;) {
    const next = await analysis.next();
    if (next.done === true) return { found: next.value, told };
    told.push(next.value);
  }
}

function expectSame(found: ArrayLike<number> | undefined, expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(found?.[i]).toBeCloseTo(expected[i] ?? NaN, 5);
}

describe('leaving a token out of a dense model', () => {
  /** Block `at` gets one token fewer. */
  const dense =
    (at: number, token: number): BlockPolicy =>
    (block, z, _previous, index) =>
      block(index === at && token >= 0 ? without(z, token) : z);

  it.each([
    ['class', 1],
    ['mean', 0],
  ] as const)('equals a pass that is short of it, at every block (read-out: %s)', async (readout, first) => {
    const vit = model(readout);
    const attended = (taps: readonly BlockTaps[], block: number) =>
      taps[block - 1]?.attention?.received() ?? tf.zeros<tf.Rank.R2>([IMAGES, vit.tokens]);
    const { found, told } = await analysed(vit, {
      blocks: [0, 1, 3],
      scoresAt: attended,
      classToken: readout === 'class',
    });
    expect(found.map(({ block }) => block)).toEqual([0, 1, 3]);
    for (const { block, importance, scores } of found) {
      expectSame(importance, await byBruteForce(vit, block, first, dense));
      expect(Math.max(...importance.map(Math.abs))).toBeGreaterThan(0.01);
      const { blocks } = vit.forward(patchesOf(0, IMAGES));
      const whole = await attended(blocks, block).data();
      expectSame(
        scores,
        whole.filter((_, i) => i % vit.tokens >= first),
      );
    }
    const total = 3 * IMAGES * (vit.tokens - first);
    expect(told[0]).toEqual({ done: 0, total });
    expect(told.at(-1)).toEqual({ done: total, total });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
    vit.parameters.dispose();
  });

  it('changes nothing in a pass that goes on from the input of a block', async () => {
    const vit = model();
    const { logits, blocks } = vit.forward(patchesOf(0, 2));
    const [, second] = blocks;
    if (!second) throw new Error('no second block');
    const rest = vit.continueFrom(2, second.z, second);
    expect([...(await rest.logits.data())]).toEqual([...(await logits.data())]);
    expect(rest.blocks).toHaveLength(2);
    vit.parameters.dispose();
  });
});

describe('leaving a token out of a routed model', () => {
  const settings = { capacity: 0.5, clsPolicy: 'compete', classToken: true, width: 16 } as const;
  const routed = [false, true, false, true];
  const K = 5; // of 10 tokens, and of 9
  const policyOf = (vit: Vit, router: RouterName) =>
    createRouting({ ...settings, router, routed, tokens: vit.tokens }, vit.parameters, createRng(1)).policy(
      tf.tensor1d([0], 'int32'),
      'evaluation',
    );

  it('by attention equals a pass that routes as many of the others', async () => {
    const vit = model();
    const { found } = await analysed(vit, { blocks: [1, 3], policy: policyOf(vit, 'amod') });
    const byHand =
      (at: number, token: number): BlockPolicy =>
      (block, z, previous, index) => {
        const isHere = index === at && token >= 0;
        const here = isHere ? without(z, token) : z;
        if (index % 2 === 0) return block(here);
        const received = previous?.attention?.received() ?? tf.zeros<tf.Rank.R2>([1, 1]);
        const scores = isHere ? without(received, token) : received;
        return routeTokens(block, here, selectTokens(scores, K));
      };
    for (const { block, importance } of found) {
      expectSame(importance, await byBruteForce(vit, block, 1, byHand));
      expect(Math.max(...importance.map(Math.abs))).toBeGreaterThan(0.01);
    }
    const { blocks } = vit.forward(patchesOf(0, IMAGES), policyOf(vit, 'amod'));
    const scores = await blocks[3]?.scores?.data();
    expectSame(found[1]?.scores, scores?.filter((_, i) => i % vit.tokens >= 1) ?? []);
    vit.parameters.dispose();
  });

  it('whose last block would have skipped it changes nothing there', async () => {
    const vit = model();
    const policy = policyOf(vit, 'token-norm');
    const { found } = await analysed(vit, { blocks: [3], policy });
    const { blocks } = vit.forward(patchesOf(0, IMAGES), policy);
    const kept = (await blocks[3]?.kept?.data())?.filter((_, i) => i % vit.tokens >= 1);
    const importance = [...(found[0]?.importance ?? [])];
    expect(kept).toHaveLength(importance.length);
    // Only the class token is read, so a token that the last block skips cannot matter any more.
    for (const [i, change] of importance.entries()) if (kept?.[i] === 0) expect(change).toBeCloseTo(0, 6);
    expect(importance.some((change) => Math.abs(change) > 1e-4)).toBe(true);
    vit.parameters.dispose();
  });

  it.each(['linear', 'linear-sigmoid', 'random', 'cls-attention', 'amod-gated'] as const)(
    'can be asked of the router %s, also for blocks in a row',
    async (router) => {
      const vit = model();
      const inARow = { ...settings, router, routed: [false, true, true, false], tokens: vit.tokens };
      const policy = createRouting(inARow, vit.parameters, createRng(1)).policy(
        tf.tensor1d([0], 'int32'),
        'evaluation',
      );
      const { found } = await analysed(vit, { blocks: [1, 2], policy });
      for (const { importance, scores } of found)
        for (const column of [importance, scores]) {
          expect(column).toHaveLength(IMAGES * PATCHES);
          expect(column.every(Number.isFinite)).toBe(true);
          expect(new Set(column).size).toBeGreaterThan(5);
        }
      vit.parameters.dispose();
    },
  );
});

it('stops between batches and leaves no tensor behind', async () => {
  const vit = model();
  const before = tf.memory().numTensors;
  const abort = new AbortController();
  const many: LabelledImages = {
    count: 60,
    labels: new Array<number>(60).fill(0),
    patches: (from, to) => tf.zeros([to - from, PATCHES, PATCH_VALUES]),
  };
  const analysis = leaveOneOut(vit, many, {
    blocks: [1, 3],
    scoresAt: (taps, block) => taps[block - 1]?.attention?.received() ?? tf.zeros([1, 1]),
    classToken: true,
    signal: abort.signal,
  });
  expect((await analysis.next()).value).toEqual({ done: 0, total: 60 * 2 * 9 });
  expect((await analysis.next()).value).toEqual({ done: 7 * 9, total: 60 * 2 * 9 });
  abort.abort();
  await expect(analysis.next()).rejects.toThrow(/abort/i);
  expect(tf.memory().numTensors).toBe(before);
  vit.parameters.dispose();
});
