import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { attention } from '../../src/kernels/attention/attention';
import {
  attentionMap,
  attentionOfFirst,
  attentionReceived,
} from '../../src/kernels/attention-score/attention-score';
import '../../src/kernels/native';
import { createDeviceRng } from '../../src/kernels/random/device-rng';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { gatherTokens } from '../../src/kernels/token-routing/gather-tokens';
import { selectTokens } from '../../src/kernels/token-routing/select-tokens';
import { createRng } from '../../src/math/philox-rng';
import { capacityTokens, routedBlocks } from '../../src/methods/routing/capacity';
import { gateOf } from '../../src/methods/routing/gate';
import { keptTokens, routeTokens } from '../../src/methods/routing/route-tokens';
import { attentionReceivedScorer } from '../../src/methods/routing/routers/amod';
import { classAttentionScorer } from '../../src/methods/routing/routers/cls-attention';
import {
  createRouting,
  routerNames,
  type RouterName,
  type Routing,
  type RoutingSettings,
} from '../../src/methods/routing/routing';
import type { ScoreContext } from '../../src/methods/routing/scorer';
import { createVit, type BlockPolicy, type BlockTaps, type Vit, type VitShape } from '../../src/nn/vit';
import type { VitBlock } from '../../src/nn/vit-block';

const SHAPE: VitShape = {
  patches: 9,
  patchValues: 4,
  width: 16,
  heads: 2,
  depth: 4,
  mlpRatio: 2,
  classes: 5,
};
const TOKENS = SHAPE.patches + 1;
const BATCH = 3;

const gated: readonly RouterName[] = ['amod-gated', 'linear', 'linear-sigmoid'];
const learned: readonly RouterName[] = ['linear', 'linear-sigmoid'];
const ungated = routerNames.filter((router) => !gated.includes(router));

const model = (seed = 1, shape: Partial<VitShape> = {}): Vit =>
  createVit({ ...SHAPE, ...shape }, createRng(seed).fork('init'));

/** The routing of a model with a class token, every second block routed, unless said otherwise. */
const routingOf = (
  vit: Vit,
  router: RouterName,
  capacity: number,
  settings: Partial<RoutingSettings> = {},
  seed = 1,
): Routing =>
  createRouting(
    {
      router,
      capacity,
      routed: routedBlocks(SHAPE.depth, 'alternate'),
      clsPolicy: 'compete',
      classToken: true,
      width: SHAPE.width,
      ...settings,
    },
    vit.parameters,
    createRng(seed).fork('routing'),
  );

const stepNumber = (step: number): tf.Tensor1D => tf.tensor1d([step], 'int32');

/** A model with the policy of a router, at step 1. */
function routed(router: RouterName, capacity: number, settings: Partial<RoutingSettings> = {}) {
  const vit = model(1, settings.classToken === false ? { readout: 'mean' } : {});
  return { vit, policy: routingOf(vit, router, capacity, settings).policy(stepNumber(1), 'training') };
}

/** The images and labels that every law is tried on, from a stream of their own. */
function example(): { input: tf.Tensor3D; labels: tf.Tensor1D } {
  const rng = createRng(11);
  const values = Float32Array.from({ length: BATCH * SHAPE.patches * SHAPE.patchValues }, () => rng.normal());
  return {
    input: tf.tensor3d(values, [BATCH, SHAPE.patches, SHAPE.patchValues]),
    labels: tf.tensor1d([0, 3, 4], 'int32'),
  };
}

/** The blocks of a model, to be called by hand. */
function blocksOf(vit: Vit): VitBlock[] {
  const blocks: VitBlock[] = [];
  vit.forward(example().input, (block, z) => {
    blocks.push(block);
    return block(z);
  });
  return blocks;
}

function firstOf<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('an empty list');
  return first;
}

const normals = (shape: [number, number, number], seed: number): tf.Tensor3D => {
  const rng = createRng(seed);
  return tf.tensor3d(
    Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => rng.normal()),
    shape,
  );
};

const numbers = async (tensor: tf.Tensor) => [...(await tensor.data())];

/** The scores, indices and marks of a routed block. */
function choiceOf(taps: BlockTaps | undefined) {
  if (!taps?.scores || !taps.indices || !taps.kept) throw new Error('the block is routed');
  return { scores: taps.scores, indices: taps.indices, kept: taps.kept };
}

function expectClose(found: readonly number[], expected: readonly number[], digits = 5): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, digits);
}

async function gradients(vit: Vit, policy?: BlockPolicy): Promise<Map<string, number[]>> {
  const { input, labels } = example();
  const { grads } = tf.variableGrads(
    () => tf.mean<tf.Scalar>(softmaxCrossEntropy(vit.forward(input, policy).logits, labels)),
    vit.parameters.list(),
  );
  const named = vit.parameters.byName(grads);
  return new Map(await Promise.all([...named].map(async ([name, g]) => [name, await numbers(g)] as const)));
}

/** The routing with the scores of another pass as plain numbers, so that no gradient can flow through them. */
async function withScoresGiven(
  blocks: readonly BlockTaps[],
  gate: 'none' | 'score' | 'sigmoid',
  capacity: number,
): Promise<BlockPolicy> {
  const given = await Promise.all(
    blocks.map(async ({ scores }) =>
      scores ? tf.tensor2d(await scores.data<'float32'>(), scores.shape) : null,
    ),
  );
  return (block, z, _previous, index) => {
    const scores = given[index];
    if (!scores) return block(z);
    const indices = selectTokens(scores, capacityTokens(capacity, z.shape[1]));
    return routeTokens(block, z, indices, gateOf(gate, scores, indices));
  };
}

/** Laws of routing, on whatever backend is set. */
export function routingLaws(): void {
  describe('scores', scoreLaws);
  describe('routed blocks', blockLaws);
  describe('gradients', gradientLaws);
  describe('consecutive routed blocks', carriedScoreLaws);
  describe('models', modelLaws);
}

function scoreLaws(): void {
  it('are the column means of the attention map (worked example)', async () => {
    // One head of width 1 with queries 0 and log 2, keys 0, 1, 2: the rows are as 1 : 1 : 1 and 1 : 2 : 4.
    const packed = [
      [0, 0, 5],
      [Math.log(2), 1, 6],
      [Math.log(2), 2, 7],
    ];
    const qkv = tf.tensor3d(packed.flat(), [1, 3, 3]);
    const { y, lse } = attention(qkv, 1);
    const rows = [
      [1 / 3, 1 / 3, 1 / 3],
      [1 / 7, 2 / 7, 4 / 7],
      [1 / 7, 2 / 7, 4 / 7],
    ];
    expectClose(await numbers(attentionMap(qkv, lse)), rows.flat());
    expectClose(
      await numbers(attentionReceived(qkv, lse)),
      [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + (row[i] ?? NaN), 0) / 3),
    );
    expectClose(await numbers(attentionOfFirst(qkv, lse)), rows[0] ?? []);
    expectClose(await numbers(y), [6, 45 / 7, 45 / 7]);
  });

  it('of two heads over four tokens are averaged over heads and queries, not over keys', async () => {
    const maps = [
      [
        [0.4, 0.3, 0.2, 0.1],
        [0.1, 0.6, 0.2, 0.1],
        [0.25, 0.25, 0.25, 0.25],
        [0.7, 0.1, 0.1, 0.1],
      ],
      [
        [0.1, 0.2, 0.3, 0.4],
        [0.25, 0.25, 0.25, 0.25],
        [0, 0.5, 0.5, 0],
        [0.2, 0.2, 0.2, 0.4],
      ],
    ];
    // Query j is twice the unit vector j and key i holds log A[j, i] at j; √headWidth is 2. Log 0 is taken as −60.
    const packed = [0, 1, 2, 3].flatMap((token) => [
      ...maps.flatMap(() => [0, 1, 2, 3].map((j) => (j === token ? 2 : 0))),
      ...maps.flatMap((map) => [0, 1, 2, 3].map((j) => Math.max(-60, Math.log(map[j]?.[token] ?? NaN)))),
      ...maps.flatMap(() => [0, 0, 0, 0]),
    ]);
    const qkv = tf.tensor3d(packed, [1, 4, 24]);
    const { lse } = attention(qkv, 2);
    expectClose(await numbers(attentionMap(qkv, lse)), maps.flat(2));
    expectClose(await numbers(attentionReceived(qkv, lse)), [0.25, 0.3, 0.25, 0.2]);
    expectClose(await numbers(attentionOfFirst(qkv, lse)), [0.25, 0.25, 0.25, 0.25]);
  });

  it('of a real map are its column means, not negative, and sum to 1; uniform attention gives 1/N', async () => {
    const { input } = example();
    const taps = model().forward(input).blocks[0]?.attention;
    if (!taps) throw new Error('a dense block gives what it attended to');
    const map = taps.map();
    for (const [scores, expected] of [
      [taps.received(), tf.mean(map, [1, 2])],
      [taps.ofClassToken(), tf.mean(tf.slice(map, [0, 0, 0, 0], [-1, -1, 1, -1]), [1, 2])],
    ] as const) {
      const found = await numbers(scores);
      expectClose(found, await numbers(expected));
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
      expect(new Set(found).size).toBeGreaterThan(BATCH); // real scores differ
      for (const sum of await numbers(tf.sum(scores, 1))) expect(sum).toBeCloseTo(1, 5);
    }
    const still = tf.zeros<tf.Rank.R3>([2, 5, 3 * 8]);
    const uniform = await numbers(attentionReceived(still, attention(still, 2).lse));
    for (const score of uniform) expect(score).toBeCloseTo(0.2, 6);
  });

  it('are what each router says: the attention of the block before, a product, a norm', async () => {
    const { input } = example();
    for (const router of routerNames) {
      const { vit, policy } = routed(router, 0.5);
      const [before, after] = vit.forward(input, policy).blocks;
      if (!before?.attention) throw new Error('the first block is dense');
      const found = await numbers(choiceOf(after).scores);
      const weight = new Map(vit.parameters.entries()).get('block2.router.weight');
      expect(weight !== undefined).toBe(learned.includes(router));
      if (router === 'random') expect(found.every((x) => x >= 0 && x < 1)).toBe(true);
      else if (weight) {
        expectClose(found, await numbers(tf.sum(tf.mul(before.z, tf.reshape(weight, [SHAPE.width])), 2)));
      } else if (router === 'token-norm') expectClose(found, await numbers(tf.norm(before.z, 2, 2)));
      else if (router === 'cls-attention')
        expect(found).toEqual(await numbers(before.attention.ofClassToken()));
      else expect(found).toEqual(await numbers(before.attention.received()));
    }
  });

  it('that are random differ between steps, blocks, streams and seeds, and repeat for the same', async () => {
    const { input } = example();
    const scoresAt = async (step: number, stream: 'training' | 'evaluation', seed = 1, block = 1) => {
      const vit = model();
      const policy = routingOf(vit, 'random', 0.5, {}, seed).policy(stepNumber(step), stream);
      return numbers(choiceOf(vit.forward(input, policy).blocks[block]).scores);
    };
    const first = await scoresAt(1, 'training');
    expect(await scoresAt(1, 'training')).toEqual(first);
    const others = [
      await scoresAt(2, 'training'),
      await scoresAt(1, 'evaluation'),
      await scoresAt(1, 'training', 2),
      await scoresAt(1, 'training', 1, 3),
    ];
    for (const [i, other] of others.entries())
      for (const different of [first, ...others.slice(0, i)]) expect(other).not.toEqual(different);
  });
}

function blockLaws(): void {
  it('keep exactly the selected tokens, ties to the lower index, in order of position', async () => {
    const scores = tf.tensor2d(
      [
        [0.25, 0.3, 0.25, 0.2],
        [1, 1, 1, 1],
        [0, 0.1, 0.2, 0.3],
      ],
      [3, 4],
    );
    const indices = selectTokens(scores, 2);
    expect(await numbers(indices)).toEqual([0, 1, 0, 1, 2, 3]);
    expect(await numbers(keptTokens(indices, 4))).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1]);
  });

  it.each(routerNames)(
    '%s: change exactly the k tokens with the highest scores, to the bit, and say which',
    async (router) => {
      const { input } = example();
      const { vit, policy } = routed(router, 0.58); // 5.8 of 10 tokens
      const k = 5;
      const { blocks } = vit.forward(input, policy);
      expect(blocks.map(({ kept }) => kept !== undefined)).toEqual([false, true, false, true]);
      for (const index of [1, 3]) {
        const [before, after] = [blocks[index - 1], blocks[index]];
        if (!before || !after) throw new Error('there are four blocks');
        const [was, is] = [await before.z.array(), await after.z.array()];
        const choice = choiceOf(after);
        const indices = await choice.indices.array();
        const scores = await choice.scores.array();
        const kept = await choice.kept.array();
        for (let image = 0; image < BATCH; image++) {
          const all = Array.from({ length: TOKENS }, (_, token) => token);
          const ranked = all.sort((a, b) => (scores[image]?.[b] ?? NaN) - (scores[image]?.[a] ?? NaN));
          const highest = ranked.slice(0, k).sort((a, b) => a - b);
          expect(indices[image]).toEqual(highest);
          expect(kept[image]).toEqual(
            Array.from({ length: TOKENS }, (_, token) => (highest.includes(token) ? 1 : 0)),
          );
          for (let token = 0; token < TOKENS; token++) {
            const [x, y] = [was[image]?.[token], is[image]?.[token]];
            if (highest.includes(token)) expect(y).not.toEqual(x);
            else expect(y).toEqual(x);
          }
        }
      }
    },
  );

  it.each(routerNames)('%s: choose the class token in every image when it is forced', async (router) => {
    const { input } = example();
    const keptOf = async (clsPolicy: 'compete' | 'force') => {
      const { vit, policy } = routed(router, 0.2, { clsPolicy });
      const choice = choiceOf(vit.forward(input, policy).blocks[1]);
      return { indices: await choice.indices.array(), scores: await choice.scores.array() };
    };
    const { indices, scores } = await keptOf('force');
    for (const [image, chosen] of indices.entries()) {
      const others = (scores[image] ?? []).slice(1);
      expect(chosen).toEqual([0, 1 + others.indexOf(Math.max(...others))]);
    }
    if (router !== 'token-norm') return;
    // The class token is zero at the start and has the least norm: the law is not empty.
    expect((await keptOf('compete')).indices.every((chosen) => !chosen.includes(0))).toBe(true);
  });

  it.each(routerNames)(
    '%s: without a class token, force says nothing about the first patch',
    async (router) => {
      if (router === 'cls-attention') {
        expect(() => routed(router, 0.2, { classToken: false })).toThrow('class token');
        return;
      }
      const { input } = example();
      const indicesOf = async (clsPolicy: 'compete' | 'force') => {
        const { vit, policy } = routed(router, 0.3, { clsPolicy, classToken: false });
        return numbers(choiceOf(vit.forward(input, policy).blocks[1]).indices);
      };
      expect(await indicesOf('force')).toEqual(await indicesOf('compete'));
    },
  );

  it.each(ungated)(
    '%s: at capacity 1 equal the dense model exactly, logits and every gradient, to the bit',
    async (router) => {
      const { input } = example();
      const { vit, policy } = routed(router, 1);
      const dense = await numbers(vit.forward(input).logits);
      expect(await numbers(vit.forward(input, policy).logits)).toEqual(dense);
      expect(await gradients(vit, policy)).toEqual(await gradients(vit));
      // The law would be empty if routing changed nothing at lower capacities either.
      const half = routed(router, 0.5).policy;
      expect(await numbers(vit.forward(input, half).logits)).not.toEqual(dense);
    },
  );

  it.each(gated)(
    '%s: at capacity 1 are not the dense model, for the gate scales every update',
    async (router) => {
      const { input } = example();
      const { vit, policy } = routed(router, 1);
      const [found, dense] = [vit.forward(input, policy).logits, vit.forward(input).logits];
      expect((await numbers(tf.max(tf.abs(tf.sub(found, dense)))))[0]).toBeGreaterThan(1e-3);
    },
  );

  it('scale every update by its gate: 1 gives the block, 0 the tokens as they were, to the bit', async () => {
    const block = firstOf(blocksOf(model()));
    const z = normals([2, 4, SHAPE.width], 5);
    const all = selectTokens(tf.zeros([2, 4]), 4);
    const worked = block(z).z;
    expectClose(await numbers(routeTokens(block, z, all, tf.ones([2, 4])).z), await numbers(worked));
    expect(await numbers(routeTokens(block, z, all, tf.zeros([2, 4])).z)).toEqual(await numbers(z));
    const gate = tf.tensor2d([0.5, -1, 2, 3, 0.1, 0, 1, 4], [2, 4]);
    const expected = tf.add(z, tf.mul(tf.expandDims(gate, 2), tf.sub(worked, z)));
    expectClose(await numbers(routeTokens(block, z, all, gate).z), await numbers(expected));
  });

  it('gates are the scores of the selected tokens, or the logistic function of them', async () => {
    const scores = tf.tensor2d([0, 1, -2, 3, 4, 5, -6, 7], [2, 4]);
    const indices = tf.tensor2d([1, 2, 0, 3], [2, 2], 'int32');
    expect(gateOf('none', scores, indices)).toBeUndefined();
    const [raw, sigmoid] = [gateOf('score', scores, indices), gateOf('sigmoid', scores, indices)];
    if (!raw || !sigmoid) throw new Error('there is a gate');
    expect(await numbers(raw)).toEqual([1, -2, 4, 7]);
    expectClose(
      await numbers(sigmoid),
      [1, -2, 4, 7].map((r) => 1 / (1 + Math.exp(-r))),
    );
  });

  it.each(['without', 'with'])('%s a gate, selected tokens do not depend on the others', async (which) => {
    const block = firstOf(blocksOf(model()));
    const selection = selectTokens(tf.tensor2d([[3, 1, 2, 0]], [1, 4]), 2);
    const z = normals([1, 4, SHAPE.width], 2);
    const others = tf.tensor3d([0, 5, 0, 5], [1, 4, 1]);
    const [outputs, disturbed] = await Promise.all(
      [z, tf.add<tf.Tensor3D>(z, others)].map((tokens) => {
        const gate = which === 'with' ? tf.tensor2d([[0.7, 2]], [1, 2]) : undefined;
        return routeTokens(block, tokens, selection, gate).z.array();
      }),
    );
    for (const row of [0, 2]) expect(outputs?.[0]?.[row]).toEqual(disturbed?.[0]?.[row]);
    for (const row of [1, 3]) expect(outputs?.[0]?.[row]).not.toEqual(disturbed?.[0]?.[row]);
  });

  it.each(routerNames.filter((router) => router !== 'random'))(
    '%s: without positions, permuting the patches permutes every block’s tokens and choice',
    async (router) => {
      const { input } = example();
      const { vit, policy } = routed(router, 0.5, { routed: routedBlocks(4, 'list', [2, 3]) });
      const parameters = new Map(vit.parameters.entries());
      parameters.get('position')?.assign(tf.zeros([1, TOKENS, SHAPE.width]));
      parameters.get('classToken')?.assign(normals([1, 1, SHAPE.width], 6)); // zero, it would attend to all alike
      const permutation = [3, 0, 8, 5, 1, 7, 2, 6, 4];
      const ofTokens = tf.tensor1d([0, ...permutation.map((patch) => 1 + patch)], 'int32');
      const plain = vit.forward(input, policy);
      const moved = vit.forward(tf.gather(input, tf.tensor1d(permutation, 'int32'), 1), policy);
      expectClose(await numbers(moved.logits), await numbers(plain.logits));
      for (const [index, before] of plain.blocks.entries()) {
        const after = moved.blocks[index];
        if (!after) throw new Error('both have four blocks');
        expectClose(await numbers(after.z), await numbers(tf.gather(before.z, ofTokens, 1)));
        if (before.kept && after.kept)
          expect(await numbers(after.kept)).toEqual(await numbers(tf.gather(before.kept, ofTokens, 1)));
      }
    },
  );

  it('may lie late or where a list says', async () => {
    const { input } = example();
    for (const [pattern, list, expected] of [
      ['late', [], [false, false, false, true]],
      ['list', [2, 3], [false, true, true, false]],
      ['list', [4], [false, false, false, true]],
    ] as const) {
      const { vit, policy } = routed('amod', 0.5, { routed: routedBlocks(4, pattern, list) });
      const { blocks } = vit.forward(input, policy);
      expect(blocks.map(({ indices }) => indices?.shape[1] === 5)).toEqual(expected);
      expect(blocks.map(({ attention }) => attention === undefined)).toEqual(expected);
    }
  });

  it('cannot be the first of all where attention decides, and can where not', async () => {
    const first = { routed: routedBlocks(4, 'list', [1, 3]) };
    for (const router of routerNames)
      if (['amod', 'amod-gated', 'cls-attention'].includes(router))
        expect(() => routed(router, 0.5, first)).toThrow('block1 cannot be routed by attention');
      else {
        const { vit, policy } = routed(router, 0.5, first);
        expect(await numbers(tf.sum(choiceOf(vit.forward(example().input, policy).blocks[0]).kept))).toEqual([
          5 * BATCH,
        ]);
      }
  });
}

function gradientLaws(): void {
  it.each([...ungated, 'amod-gated'] as const)(
    '%s: lets none through the scores: the same as with the scores given as numbers',
    async (router) => {
      const { vit, policy } = routed(router, 0.3);
      const { blocks } = vit.forward(example().input, policy);
      const given = await withScoresGiven(blocks, router === 'amod-gated' ? 'score' : 'none', 0.3);
      expect(await gradients(vit, policy)).toEqual(await gradients(vit, given));
    },
  );

  it.each([
    ['linear', 'score'],
    ['linear-sigmoid', 'sigmoid'],
  ] as const)('%s: lets them through the gate to the tokens too', async (router, gate) => {
    const { vit, policy } = routed(router, 0.3);
    const { input, labels } = example();
    const given = await withScoresGiven(vit.forward(input, policy).blocks, gate, 0.3);
    const ofPositions = async (each: BlockPolicy) => {
      const position = new Map(vit.parameters.entries()).get('position');
      if (!position) throw new Error('there are positions');
      const { grads } = tf.variableGrads(
        () => tf.mean<tf.Scalar>(softmaxCrossEntropy(vit.forward(input, each).logits, labels)),
        [position],
      );
      return numbers(firstOf(Object.values(grads)));
    };
    expect(await ofPositions(policy)).not.toEqual(await ofPositions(given));
  });

  it.each(['linear', 'linear-sigmoid'] as const)(
    '%s: of the router is Σ over the selected of ⟨dL/dxᵢ, fᵢ⟩ g′(rᵢ) xᵢ, and what differences say',
    async (router) => {
      const { input } = example();
      const vit = model(1, { depth: 2 });
      const [, second] = blocksOf(vit);
      const settings = { routed: [false, true] };
      const policy = routingOf(vit, router, 0.4, settings).policy(stepNumber(1), 'training');
      const weight = new Map(vit.parameters.entries()).get('block2.router.weight');
      if (!weight || !second) throw new Error('the second block is routed');
      const start = await numbers(weight);
      const cotangent = normals([BATCH, TOKENS, SHAPE.width], 8); // L = Σ cotangent · z, so that dL/dz is known
      const outputs = () => {
        const tap = vit.forward(input, policy).blocks[1];
        return { z: tap?.z ?? cotangent, ...choiceOf(tap) };
      };
      const { grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(tf.mul(outputs().z, cotangent)), [weight]);
      const found = await numbers(firstOf(Object.values(grads)));

      const x = vit.forward(input, policy).blocks[0]?.z ?? cotangent;
      const { indices, scores } = outputs();
      const selected = gatherTokens(x, indices);
      const f = await tf.sub<tf.Tensor3D>(second(selected).z, selected).array();
      const [c, rows] = [await gatherTokens(cotangent, indices).array(), await selected.array()];
      const [r, list] = [await scores.array(), await indices.array()];
      const expected = new Array<number>(SHAPE.width).fill(0);
      for (const [image, tokens] of list.entries())
        for (const [slot, token] of tokens.entries()) {
          const s = 1 / (1 + Math.exp(-(r[image]?.[token] ?? NaN)));
          const slope = router === 'linear' ? 1 : s * (1 - s);
          const along = (f[image]?.[slot] ?? []).reduce(
            (sum, value, i) => sum + value * (c[image]?.[slot]?.[i] ?? NaN),
            0,
          );
          for (const [i, value] of (rows[image]?.[slot] ?? []).entries())
            expected[i] = (expected[i] ?? NaN) + along * slope * value;
        }
      const size = Math.max(...expected.map(Math.abs));
      expect(size).toBeGreaterThan(0.01);
      expectClose(
        found.map((value) => value / size),
        expected.map((value) => value / size),
        4,
      );

      const chosen = await numbers(indices);
      const lossAt = async (coordinate: number, offset: number) => {
        weight.assign(
          tf.tensor(
            start.map((w, i) => (i === coordinate ? w + offset : w)),
            weight.shape,
          ),
        );
        const { z, indices: now } = outputs();
        expect(await numbers(now)).toEqual(chosen); // the choice has no slope, only steps
        const factors = await numbers(cotangent);
        return (await numbers(z)).reduce((sum, value, i) => sum + value * (factors[i] ?? NaN), 0);
      };
      for (const coordinate of [0, 5, 15]) {
        const difference = (await lossAt(coordinate, 1e-3)) - (await lossAt(coordinate, -1e-3));
        expect(Math.abs(difference / 2e-3 - (found[coordinate] ?? NaN)) / size).toBeLessThan(0.01);
      }
    },
  );
}

function carriedScoreLaws(): void {
  /** What comes to a block after one that worked on tokens 1 and 2 of four. */
  const afterRouted = (): ScoreContext => {
    const previous: BlockTaps = {
      z: tf.zeros([1, 4, 1]),
      scores: tf.tensor2d([[0.1, 0.4, 0.3, 0.2]], [1, 4]),
      indices: tf.tensor2d([[1, 2]], [1, 2], 'int32'),
      attentionOfKept: {
        received: () => tf.tensor2d([[0.75, 0.25]], [1, 2]),
        ofClassToken: () => tf.tensor2d([[0.5, 0.5]], [1, 2]),
        map: () => tf.zeros([1, 1, 2, 2]),
      },
    };
    return { z: previous.z, previous, random: createDeviceRng(createRng(0), stepNumber(1)) };
  };
  const block = () => ({ name: 'block3', width: 1, parameters: model().parameters });

  it('score the tokens of the block before anew, k/N times what they received, and leave the others (worked example)', async () => {
    const scores = attentionReceivedScorer.forBlock(block())(afterRouted());
    expectClose(await numbers(scores), [0.1, 0.375, 0.125, 0.2], 6);
  });

  it('keep the class token’s attention of the last dense block', async () => {
    const scores = classAttentionScorer.forBlock(block())(afterRouted());
    expect(await numbers(scores)).toEqual(await numbers(tf.tensor([0.1, 0.4, 0.3, 0.2])));
  });

  it.each(['amod', 'amod-gated', 'cls-attention'] as const)(
    '%s: hold the rule in a real model',
    async (router) => {
      const { vit, policy } = routed(router, 0.5, { routed: routedBlocks(4, 'list', [2, 3, 4]) });
      const { blocks } = vit.forward(example().input, policy);
      for (const index of [2, 3]) {
        const previous = choiceOf(blocks[index - 1]);
        const [old, chosen] = [await previous.scores.array(), await previous.indices.array()];
        const map = await blocks[index - 1]?.attentionOfKept?.map().array();
        if (!map) throw new Error('a routed block says what its tokens attended to');
        const expected = old.map((row, image) =>
          row.map((score, token) => {
            const slot = (chosen[image] ?? []).indexOf(token);
            if (router === 'cls-attention' || slot < 0) return score;
            const rows = (map[image] ?? []).flat();
            return ((rows.reduce((sum, keys) => sum + (keys[slot] ?? NaN), 0) / rows.length) * 5) / TOKENS;
          }),
        );
        expectClose(await numbers(choiceOf(blocks[index]).scores), expected.flat(), 6);
      }
    },
  );
}

function modelLaws(): void {
  it.each(routerNames)(
    '%s: has the dense model’s parameters, and one vector per routed block where it learns',
    async (router) => {
      const dense = model();
      const vit = model();
      const routing = routingOf(vit, router, 0.5);
      const learns = learned.includes(router);
      expect(vit.parameters.count).toBe(dense.parameters.count + (learns ? 2 * SHAPE.width : 0));
      expect(vit.parameters.initDigest === dense.parameters.initDigest).toBe(!learns);
      expect(routing.routerFlops(TOKENS)).toBe(learns ? 2 * TOKENS * SHAPE.width : 0);
      expect(routing.tokensPerBlock(TOKENS)).toEqual([10, 5, 10, 5]);
      const shared = new Map(vit.parameters.entries());
      for (const [name, variable] of dense.parameters.entries()) {
        const twin = shared.get(name);
        expect(twin && (await numbers(twin))).toEqual(await numbers(variable));
      }
      vit.forward(example().input, routing.policy(stepNumber(1), 'evaluation'));
      expect(vit.parameters.count).toBe(dense.parameters.count + (learns ? 2 * SHAPE.width : 0));
    },
  );

  it('start routers within ±1/√d, by the seed and their block alone', async () => {
    const weights = async (seed: number, router: RouterName, blocks: number[]) => {
      const vit = model(seed);
      routingOf(vit, router, 0.5, { routed: routedBlocks(4, 'list', blocks) });
      const found = [...vit.parameters.entries()].filter(([name]) => name.endsWith('.router.weight'));
      return new Map(await Promise.all(found.map(async ([name, w]) => [name, await numbers(w)] as const)));
    };
    const first = await weights(1, 'linear', [2, 4]);
    expect([...first.keys()]).toEqual(['block2.router.weight', 'block4.router.weight']);
    const all = [...first.values()].flat();
    expect(Math.max(...all.map(Math.abs))).toBeLessThan(1 / Math.sqrt(SHAPE.width));
    expect(Math.max(...all.map(Math.abs))).toBeGreaterThan(0.8 / Math.sqrt(SHAPE.width));
    expect(first.get('block2.router.weight')).not.toEqual(first.get('block4.router.weight'));
    const other = await weights(1, 'linear-sigmoid', [1, 3, 4]);
    expect(other.get('block4.router.weight')).toEqual(first.get('block4.router.weight'));
    expect(await weights(2, 'linear', [2, 4])).not.toEqual(first);
  });

  it('of one seed start equal, deeper ones in the blocks they have in common', async () => {
    const shallow = new Map(model(1).parameters.entries());
    const deep = new Map(model(1, { depth: 6 }).parameters.entries());
    for (const [name, variable] of shallow) {
      const twin = deep.get(name);
      expect(twin && (await numbers(twin))).toEqual(await numbers(variable));
    }
    expect(deep.size).toBeGreaterThan(shallow.size);
    expect(model(2).parameters.initDigest).not.toBe(model(1).parameters.initDigest);
  });

  it('that read out the mean have no class token, and give the head the mean of the normalised tokens', async () => {
    const vit = model(1, { readout: 'mean' });
    const parameters = new Map(vit.parameters.entries());
    expect(vit.tokens).toBe(SHAPE.patches);
    expect(parameters.has('classToken')).toBe(false);
    expect(parameters.get('position')?.shape).toEqual([1, SHAPE.patches, SHAPE.width]);
    expect(vit.parameters.count).toBe(model().parameters.count - 2 * SHAPE.width);
    const { logits, blocks } = vit.forward(example().input);
    const z = await blocks.at(-1)?.z.array();
    const values = async (name: string) => {
      const found = parameters.get(name);
      if (!found) throw new Error(`there is ${name}`);
      return numbers(found);
    };
    const [gamma, beta] = [await values('norm.gamma'), await values('norm.beta')];
    const [weight, bias] = [await values('head.weight'), await values('head.bias')];
    const expected = (z ?? []).flatMap((tokens) => {
      const normed = tokens.map((x) => {
        const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
        const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
        return x.map(
          (v, i) => ((v - mean) / Math.sqrt(variance + 1e-6)) * (gamma[i] ?? NaN) + (beta[i] ?? NaN),
        );
      });
      const mean = gamma.map((_, i) => normed.reduce((sum, x) => sum + (x[i] ?? NaN), 0) / normed.length);
      return bias.map((b, k) =>
        mean.reduce((sum, value, i) => sum + value * (weight[i * bias.length + k] ?? NaN), b),
      );
    });
    expectClose(await numbers(logits), expected);
  });
}
