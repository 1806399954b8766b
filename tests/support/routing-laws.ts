import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { attention } from '../../src/kernels/attention/attention';
import {
  attentionMap,
  attentionOfFirst,
  attentionReceived,
} from '../../src/kernels/attention-score/attention-score';
import { selectTokens } from '../../src/kernels/token-routing/select-tokens';
import { createRng } from '../../src/math/philox-rng';
import { amodPolicy } from '../../src/methods/routing/amod';
import { capacityTokens } from '../../src/methods/routing/capacity';
import { keptTokens, routeTokens } from '../../src/methods/routing/route-tokens';
import { createVit, type BlockPolicy, type Vit } from '../../src/nn/vit';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';

const SHAPE = { patches: 9, patchValues: 4, width: 16, heads: 2, depth: 4, mlpRatio: 2, classes: 5 };
const BATCH = 3;

/** The images and labels that every law is tried on, from a stream of their own. */
function example(): { input: tf.Tensor3D; labels: tf.Tensor1D } {
  const rng = createRng(11);
  const values = Float32Array.from({ length: BATCH * SHAPE.patches * SHAPE.patchValues }, () => rng.normal());
  return {
    input: tf.tensor3d(values, [BATCH, SHAPE.patches, SHAPE.patchValues]),
    labels: tf.tensor1d([0, 3, 4], 'int32'),
  };
}

const model = (seed = 1): Vit => createVit(SHAPE, createRng(seed).fork('init'));
const numbers = async (tensor: tf.Tensor) => [...(await tensor.data())];

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
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

/** Laws of routing by attention, on whatever backend is set. */
export function routingLaws(): void {
  it('scores are the column means of the attention map (worked example)', async () => {
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

  it('scores of a real map are its column means, not negative, and sum to 1; uniform attention gives 1/N', async () => {
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

  it('keeps exactly the selected tokens, ties to the lower index, in order of position', async () => {
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

  it('a routed block changes exactly the k selected rows and leaves the others as they are, to the bit', async () => {
    const { input } = example();
    const k = capacityTokens(0.5, SHAPE.patches + 1);
    const { blocks } = model().forward(input, amodPolicy(0.5));
    const [before, after] = [blocks[0], blocks[1]];
    if (!before || !after?.kept) throw new Error('the second block is routed');
    const kept = await numbers(after.kept);
    const [rowsBefore, rowsAfter] = [await numbers(before.z), await numbers(after.z)];
    const rowOf = (values: number[], row: number) => values.slice(row * SHAPE.width, (row + 1) * SHAPE.width);
    for (let image = 0; image < BATCH; image++) {
      const changed = Array.from({ length: SHAPE.patches + 1 }, (_, token) => {
        const row = image * (SHAPE.patches + 1) + token;
        const same = rowOf(rowsBefore, row).every((value, i) => value === rowOf(rowsAfter, row)[i]);
        expect(same).toBe(kept[row] === 0);
        return !same;
      });
      expect(changed.filter(Boolean)).toHaveLength(k);
    }
  });

  it('at capacity 1 equals the dense model exactly: logits and every gradient, to the bit', async () => {
    const { input } = example();
    const vit = model();
    const dense = await numbers(vit.forward(input).logits);
    expect(await numbers(vit.forward(input, amodPolicy(1)).logits)).toEqual(dense);
    expect(await gradients(vit, amodPolicy(1))).toEqual(await gradients(vit));
    // The law would be empty if routing changed nothing at lower capacities either.
    expect(await numbers(vit.forward(input, amodPolicy(0.5)).logits)).not.toEqual(dense);
  });

  it('lets no gradient through the scores: the same gradients as with the choice given', async () => {
    const { input } = example();
    const vit = model();
    const chosen = vit.forward(input, amodPolicy(0.3)).blocks.map(({ scores }) => scores);
    const given: BlockPolicy = (block, z, _previous, index) => {
      const scores = chosen[index];
      if (!scores) return block(z);
      return { z: routeTokens(block, z, selectTokens(scores, capacityTokens(0.3, z.shape[1]))) };
    };
    expect(await gradients(vit, amodPolicy(0.3))).toEqual(await gradients(vit, given));
  });

  it('outputs of selected tokens do not depend on the others', async () => {
    const vit = model();
    const selection = selectTokens(tf.tensor2d([[3, 1, 2, 0]], [1, 4]), 2);
    const rng = createRng(2);
    const z = Float32Array.from({ length: 4 * SHAPE.width }, () => rng.normal());
    const disturbed = z.map((value, i) => ([1, 3].includes(Math.floor(i / SHAPE.width)) ? value + 5 : value));
    const outputs: number[][] = [];
    for (const values of [z, disturbed]) {
      const policy: BlockPolicy = (block, _z, _previous, index) => {
        const tokens = tf.tensor3d(values, [1, 4, SHAPE.width]);
        const out = routeTokens(block, tokens, selection);
        if (index === 0) routed.push(out);
        return { z: out };
      };
      const routed: tf.Tensor3D[] = [];
      vit.forward(tf.zeros([1, SHAPE.patches, SHAPE.patchValues]), policy);
      const first = routed[0];
      if (!first) throw new Error('the policy ran');
      outputs.push(await numbers(first));
    }
    const rows = (values: number[] | undefined, row: number) =>
      values?.slice(row * SHAPE.width, (row + 1) * SHAPE.width);
    for (const row of [0, 2]) expect(rows(outputs[0], row)).toEqual(rows(outputs[1], row));
    for (const row of [1, 3]) expect(rows(outputs[0], row)).not.toEqual(rows(outputs[1], row));
  });

  it('permuting the tokens of a routed block permutes its output', async () => {
    const vit = model();
    const rng = createRng(4);
    const z = tf.tensor3d(
      Float32Array.from({ length: 4 * SHAPE.width }, () => rng.normal()),
      [1, 4, SHAPE.width],
    );
    const permutation = tf.tensor1d([2, 0, 3, 1], 'int32');
    const scores = tf.tensor2d([[0.4, 0.1, 0.3, 0.2]], [1, 4]);
    const outputs: tf.Tensor3D[] = [];
    const policy: BlockPolicy = (block, incoming, _previous, index) => {
      if (index === 0) {
        outputs.push(routeTokens(block, z, selectTokens(scores, 2)));
        const moved = tf.gather(z, permutation, 1);
        outputs.push(routeTokens(block, moved, selectTokens(tf.gather(scores, permutation, 1), 2)));
      }
      return { z: incoming };
    };
    vit.forward(tf.zeros([1, SHAPE.patches, SHAPE.patchValues]), policy);
    const [plain, moved] = outputs;
    if (!plain || !moved) throw new Error('the policy ran');
    const expected = await numbers(tf.gather(plain, permutation, 1));
    for (const [i, value] of (await numbers(moved)).entries())
      expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
  });

  it('adds no parameter, and models of one seed start equal, whatever routes them', async () => {
    const [a, b] = [model(1), model(1)];
    b.forward(example().input, amodPolicy(0.5));
    expect(b.parameters.initDigest).toBe(a.parameters.initDigest);
    expect(b.parameters.count).toBe(a.parameters.count);
    expect(model(2).parameters.initDigest).not.toBe(a.parameters.initDigest);
  });

  it('a deeper model shares the initial values of the blocks it has in common', async () => {
    const shallow = new Map(model(1).parameters.entries());
    const deep = new Map(createVit({ ...SHAPE, depth: 6 }, createRng(1).fork('init')).parameters.entries());
    for (const [name, variable] of shallow) {
      const twin = deep.get(name);
      expect(twin && (await numbers(twin))).toEqual(await numbers(variable));
    }
    expect(deep.size).toBeGreaterThan(shallow.size);
  });
}
