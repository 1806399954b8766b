import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { asLab, LAB } from '../../src/engine/lab-backend';
import '../../src/kernels/native';
import { ShapeError } from '../../src/kernels/shape-error';
import { gatherTokens } from '../../src/kernels/token-routing/gather-tokens';
import { routeThrough } from '../../src/kernels/token-routing/route-through';
import { replaceTokens, scatterAddTokens } from '../../src/kernels/token-routing/scatter-tokens';
import { selectTokens } from '../../src/kernels/token-routing/select-tokens';
import { counting } from './counting';
import { distance, integers, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();
beforeEach(async () => {
  await tf.setBackend(LAB);
});

const numbers = async (x: tf.Tensor) => [...(await x.data())];

/** The k best by sorting, in plain JavaScript. */
function chosen(scores: readonly number[], k: number, alwaysFirst = false): number[] {
  const isTop = (i: number) => Number.isNaN(scores[i]) || (alwaysFirst && i === 0);
  const order = scores.map((_, i) => i);
  order.sort((a, b) => {
    if (isTop(a) !== isTop(b)) return isTop(a) ? -1 : 1;
    const difference = isTop(a) ? 0 : (scores[b] ?? 0) - (scores[a] ?? 0);
    return difference || a - b; // infinity less infinity is NaN: a tie
  });
  return order.slice(0, k).sort((a, b) => a - b);
}

describe.each(['portable', 'tiled'])('selecting tokens (%s)', (variant) => {
  const select = async (rows: number[][], k: number, alwaysFirst = false) => {
    const backend = asLab(tf.backend());
    backend.forcedVariant = variant;
    const values = await numbers(selectTokens(tf.tensor2d(rows), k, { alwaysFirst }));
    backend.forcedVariant = null;
    return rows.map((_, row) => values.slice(row * k, (row + 1) * k));
  };

  it('takes exactly k, ties to the lower index, in ascending order (worked example)', async () => {
    const rows = [
      [0.25, 0.3, 0.25, 0.2],
      [1, 1, 1, 1],
      [0, 0.1, 0.2, 0.3],
    ];
    expect(await select(rows, 2)).toEqual([
      [0, 1],
      [0, 1],
      [2, 3],
    ]);
  });

  it('ranks NaN above infinity, −0 like 0, and negative numbers the right way round', async () => {
    const rows = [
      [1, NaN, Infinity, 2],
      [NaN, NaN, NaN, NaN],
      [-0, 0, -0, 0],
      [-1, -3, -2, -Infinity],
      [-Infinity, -1e-30, 1e-30, 3e38],
    ];
    for (const k of [1, 2, 3, 4]) expect(await select(rows, k)).toEqual(rows.map((row) => chosen(row, k)));
    expect(await select(rows, 1)).toEqual([[1], [0], [0], [0], [3]]);
  });

  it('gives token 0 one of the k places when asked to', async () => {
    const rows = [
      [-5, 3, 2, 1],
      [-5, NaN, NaN, NaN],
      [9, 3, 2, 1],
    ];
    expect(await select(rows, 1, true)).toEqual([[0], [0], [0]]);
    expect(await select(rows, 3, true)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(await select(rows, 2)).toEqual([
      [1, 2],
      [1, 2],
      [0, 1],
    ]);
  });

  it.each([1, 2, 63, 64, 65, 197, 1000])(
    'agrees with sorting for %i tokens with many ties',
    async (tokens) => {
      const rows = [1, 2, 3].map((seed) => [...integers(tokens, 6, seed)].map((x) => x - 3));
      for (const k of new Set([1, Math.ceil(tokens / 8), Math.ceil(tokens / 2), tokens])) {
        expect(await select(rows, k)).toEqual(rows.map((row) => chosen(row, k)));
        expect(await select(rows, k, true)).toEqual(rows.map((row) => chosen(row, k, true)));
      }
    },
  );

  it('selects every token in order for k = tokens', async () => {
    const rows = [[...normals(50, 1)]];
    expect(await select(rows, 50)).toEqual([Array.from({ length: 50 }, (_, i) => i)]);
  });
});

test('the reference chooses alike, also among NaN and ties', async () => {
  const rows = [
    [1, NaN, Infinity, 2, -0],
    [0, -0, 1, 1, -1],
    [NaN, 3, NaN, 3, 3],
  ];
  await tf.setBackend('cpu');
  for (const k of [1, 2, 3, 4, 5]) {
    for (const alwaysFirst of [false, true]) {
      const got = await numbers(selectTokens(tf.tensor2d(rows), k, { alwaysFirst }));
      expect(got).toEqual(rows.flatMap((row) => chosen(row, k, alwaysFirst)));
    }
  }
});

it('refuses a k that does not fit', () => {
  const scores = tf.zeros<tf.Rank.R2>([2, 3]);
  for (const k of [0, 4, 1.5, NaN]) expect(() => selectTokens(scores, k)).toThrow(ShapeError);
  expect(() => gatherTokens(tf.zeros([2, 3, 4]), tf.zeros([1, 2], 'int32'))).toThrow(ShapeError);
  expect(() => scatterAddTokens(tf.zeros([2, 3, 4]), tf.zeros([2, 2], 'int32'), tf.zeros([2, 3, 4]))).toThrow(
    ShapeError,
  );
});

it('lets no gradient through the choice, even where the scores depend on the input', async () => {
  const z = tf.tensor3d(normals(2 * 4 * 3, 1), [2, 4, 3]);
  const loss = (x: tf.Tensor) => {
    const indices = selectTokens(tf.sum<tf.Tensor2D>(x, 2), 2);
    return tf.sum(tf.square(gatherTokens(x as tf.Tensor3D, indices)));
  };
  const kept = chosen((await numbers(tf.sum(z, 2))).slice(0, 4), 2);
  const gradient = await numbers(tf.grad(loss)(z));
  const values = await numbers(z);
  for (let i = 0; i < 12; i++) {
    const isKept = kept.includes(Math.floor(i / 3));
    expect(gradient[i]).toBe(isKept ? Math.fround(2 * (values[i] ?? NaN)) : 0);
  }
});

describe('routing', () => {
  const [batch, tokens, k, width] = [3, 10, 4, 12];
  const z = () => tf.tensor3d(normals(batch * tokens * width, 1), [batch, tokens, width]);
  const scores = () => tf.tensor2d(normals(batch * tokens, 2), [batch, tokens]);
  const weight = () => tf.tensor(normals(width * width, 3), [width, width]);
  const cotangent = () => tf.tensor(normals(batch * tokens * width, 4), [batch, tokens, width]);
  const work = (w: tf.Tensor) => (taken: tf.Tensor3D) =>
    tf.add<tf.Tensor3D>(taken, tf.relu(tf.matMul(taken, w)));

  /** Output and gradients in z and w of a route, under a random cotangent. */
  async function outcome(route: (z: tf.Tensor3D, w: tf.Tensor) => tf.Tensor3D): Promise<number[][]> {
    const weighted = (x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.mul(route(x as tf.Tensor3D, w), cotangent()));
    const [dz, dw] = tf.grads(weighted)([z(), weight()]);
    return [
      await numbers(route(z(), weight())),
      await numbers(dz as tf.Tensor),
      await numbers(dw as tf.Tensor),
    ];
  }

  it('through all tokens is the work itself: value and every gradient to the bit', async () => {
    const dense = await outcome((x, w) => work(w)(x));
    const all = selectTokens(scores(), tokens);
    expect(await outcome((x, w) => routeThrough(x, all, work(w)))).toEqual(dense);
    expect(await outcome((x, w) => replaceTokens(x, all, work(w)(gatherTokens(x, all))))).toEqual(dense);
    const some = selectTokens(scores(), k);
    expect(await outcome((x, w) => routeThrough(x, some, work(w)))).not.toEqual(dense);
  });

  it('through some tokens equals the same in plain tfjs on the CPU', async () => {
    const run = async () => {
      const some = selectTokens(scores(), k);
      return [
        await outcome((x, w) => routeThrough(x, some, work(w))),
        await outcome((x, w) => replaceTokens(x, some, work(w)(gatherTokens(x, some)))),
      ];
    };
    const got = await run();
    await tf.setBackend('cpu');
    const want = await run();
    for (const [way, values] of want.entries())
      for (const [i, expected] of values.entries())
        expect(distance(got[way]?.[i] ?? [], expected)).toBeLessThan(1e-6);
    expect(got[0]).toEqual(got[1]);
  });

  it.each([
    [1, 1, 1, 1],
    [2, 17, 5, 33],
    [3, 50, 25, 36],
    [2, 197, 24, 8],
    [1, 300, 300, 5],
  ])(
    'with and without a gate equals the CPU: batch %i, %i tokens, k %i, width %i',
    async (n, all, some, wide) => {
      const tensor = (shape: number[], seed: number) =>
        tf.tensor(
          normals(
            shape.reduce((a, b) => a * b),
            seed,
          ),
          shape,
        );
      const run = async () => {
        const indices = selectTokens(tensor([n, all], 1) as tf.Tensor2D, some);
        const [x, rows] = [tensor([n, all, wide], 2), tensor([n, some, wide], 3)];
        const [gate, dy] = [tensor([n, some], 4), tensor([n, all, wide], 5)];
        const kinds = [
          (a: tf.Tensor, b: tf.Tensor) => scatterAddTokens(a as tf.Tensor3D, indices, b as tf.Tensor3D),
          (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
            scatterAddTokens(a as tf.Tensor3D, indices, b as tf.Tensor3D, c as tf.Tensor2D),
          (a: tf.Tensor, b: tf.Tensor) => replaceTokens(a as tf.Tensor3D, indices, b as tf.Tensor3D),
        ];
        const found: number[][] = [];
        for (const [i, kind] of kinds.entries()) {
          const inputs = i === 1 ? [x, rows, gate] : [x, rows];
          found.push(await numbers((kind as (...xs: tf.Tensor[]) => tf.Tensor)(...inputs)));
          const grads = tf.grads((...xs) =>
            tf.sum(tf.mul((kind as (...xs: tf.Tensor[]) => tf.Tensor)(...xs), dy)),
          );
          for (const grad of grads(inputs)) found.push(await numbers(grad));
        }
        const back = tf.grad((a) => gatherTokens(a as tf.Tensor3D, indices));
        found.push(await numbers(gatherTokens(x as tf.Tensor3D, indices)), await numbers(back(x, rows)));
        return found;
      };
      const got = await run();
      await tf.setBackend('cpu');
      const want = await run();
      expect(got).toHaveLength(want.length);
      for (const [i, values] of want.entries()) expect(distance(got[i] ?? [], values)).toBeLessThan(1e-5);
    },
  );

  it('leaves the other tokens as they are, to the bit', async () => {
    const some = selectTokens(scores(), k);
    const listed = await numbers(some);
    const before = await numbers(z());
    for (const after of [
      await numbers(routeThrough(z(), some, work(weight()))),
      await numbers(scatterAddTokens(z(), some, work(weight())(gatherTokens(z(), some)))),
    ]) {
      for (let token = 0; token < batch * tokens; token++) {
        const example = Math.floor(token / tokens);
        const isListed = listed.slice(example * k, (example + 1) * k).includes(token % tokens);
        const row = (values: number[]) => values.slice(token * width, (token + 1) * width);
        if (isListed) expect(row(after)).not.toEqual(row(before));
        else expect(row(after)).toEqual(row(before));
      }
    }
  });

  it('adds to all tokens as a plain sum does, to the bit', async () => {
    const updates = tf.tensor3d(normals(batch * tokens * width, 7), [batch, tokens, width]);
    const all = selectTokens(scores(), tokens);
    expect(await numbers(scatterAddTokens(z(), all, updates))).toEqual(await numbers(tf.add(z(), updates)));
    const ones = tf.ones<tf.Rank.R2>([batch, tokens]);
    expect(await numbers(scatterAddTokens(z(), all, updates, ones))).toEqual(
      await numbers(tf.add(z(), updates)),
    );
  });

  it('costs one launch a piece, and two each way around the work', async () => {
    const [x, s, dy] = [z(), scores(), cotangent()];
    const indices = selectTokens(s, k);
    const updates = gatherTokens(x, indices);
    const gate = tf.tensor2d(normals(batch * k, 5), [batch, k]);
    const back = tf.grad((input) => routeThrough(input as tf.Tensor3D, indices, (taken) => taken));
    const launches = async (run: () => tf.Tensor) => (await counting(() => void run())).dispatches;
    expect(await launches(() => selectTokens(s, k))).toBe(1);
    expect(await launches(() => gatherTokens(x, indices))).toBe(1);
    expect(await launches(() => scatterAddTokens(x, indices, updates))).toBe(1);
    expect(await launches(() => scatterAddTokens(x, indices, updates, gate))).toBe(1);
    expect(await launches(() => routeThrough(x, indices, (taken) => taken))).toBe(2);
    expect(await launches(() => back(x, dy))).toBe(4);
  });

  it('keeps no tensor', () => {
    const [x, s, w] = [z(), scores(), weight()];
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      tf.grad((input) => routeThrough(input as tf.Tensor3D, selectTokens(s, k), work(w)))(x);
    });
    selectTokens(s, k).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
