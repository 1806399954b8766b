import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { amodPolicy } from '../../src/methods/routing/amod';
import { capacityTokens } from '../../src/methods/routing/capacity';
import { createVit } from '../../src/nn/vit';
import { attentionRouter, noRouter, referenceVit } from '../support/float64/vit';

const SHAPE = { patches: 12, patchValues: 5, width: 24, heads: 3, depth: 4, mlpRatio: 2, classes: 6 };
const BATCH = 5;

let compute: Compute;
beforeAll(async () => {
  compute = await openCompute();
  expect(compute.info.backend, compute.info.reason).toBe('webgpu');
});
afterAll(() => {
  compute.dispose();
});

/** ‖got − want‖ / ‖want‖ */
function distance(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let off = 0;
  let size = 0;
  for (let i = 0; i < want.length; i++) {
    off += ((got[i] ?? NaN) - (want[i] ?? NaN)) ** 2;
    size += (want[i] ?? NaN) ** 2;
  }
  return Math.sqrt(off / (size || 1)); // a last block without the class token has no gradient
}

test.each([
  ['dense', 0],
  ['A-MoD at a quarter', 0.25],
  ['A-MoD at a half', 0.5],
  ['A-MoD at the least capacity', 1 / 16],
] as const)('%s: logits, chosen tokens and gradients as in float64', async (_, capacity) => {
  const rng = createRng(7);
  const model = createVit(SHAPE, rng.fork('init'));
  // Away from the initial point, where biases and the class token are zero and attention is nearly uniform.
  const values = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const [name, parameter] of model.parameters.entries()) {
    const draw = rng.fork(`noise ${name}`);
    const start = await parameter.data<'float32'>();
    const moved = start.map((value) => value + 0.1 * draw.normal());
    const tensor = tf.tensor(moved, parameter.shape);
    parameter.assign(tensor);
    tensor.dispose();
    values.set(name, { shape: parameter.shape, values: moved });
  }
  const images = Float32Array.from({ length: BATCH * SHAPE.patches * SHAPE.patchValues }, () => rng.normal());
  const labels = [0, 3, 5, 1, 3];
  const policy = capacity > 0 ? amodPolicy(capacity) : undefined;
  const k = capacityTokens(capacity, SHAPE.patches + 1);
  const want = referenceVit(SHAPE, values, images, labels, capacity > 0 ? attentionRouter(k) : noRouter);

  const input = tf.tensor3d(images, [BATCH, SHAPE.patches, SHAPE.patchValues]);
  const target = tf.tensor1d(labels, 'int32');
  const { logits, blocks } = model.forward(input, policy);
  expect(distance(await logits.data(), want.logits.flat())).toBeLessThan(1e-5);

  const routed = await Promise.all(blocks.flatMap(({ kept }) => (kept ? [kept.array()] : [])));
  expect(routed).toHaveLength(capacity > 0 ? SHAPE.depth / 2 : 0);
  for (const [image, chosen] of want.chosen.entries())
    for (const [block, tokens] of chosen.entries()) {
      const row = routed[block]?.[image] ?? [];
      expect(row.flatMap((isKept, token) => (isKept === 1 ? [token] : []))).toEqual(tokens);
    }

  const { value, grads } = tf.variableGrads(
    () => tf.mean<tf.Scalar>(softmaxCrossEntropy(model.forward(input, policy).logits, target)),
    model.parameters.list(),
  );
  expect(Math.abs(((await value.data())[0] ?? NaN) / want.loss - 1)).toBeLessThan(1e-5);
  const off: Record<string, number> = {};
  for (const [name, gradient] of model.parameters.byName(grads)) {
    const error = distance(await gradient.data(), want.gradients.get(name) ?? []);
    if (!(error < 1e-5)) off[name] = error;
  }
  expect(off).toEqual({});
  model.parameters.dispose();
});
