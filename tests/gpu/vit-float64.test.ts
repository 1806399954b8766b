import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { capacityTokens, routedBlocks } from '../../src/methods/routing/capacity';
import { createRouting, routerNames, type RouterName } from '../../src/methods/routing/routing';
import { createVit, type VitShape } from '../../src/nn/vit';
import type { ReferenceRouting } from '../support/float64/routing';
import { referenceVit } from '../support/float64/vit';
import { onWebGpu } from '../support/on-webgpu';

const SHAPE = { patches: 12, patchValues: 5, width: 24, heads: 3, mlpRatio: 2, classes: 6 };
const BATCH = 5;
const LABELS = [0, 3, 5, 1, 3];

onWebGpu();

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

/** What each router is, said again; the random one's numbers are read from the model. */
const definitions: Record<Exclude<RouterName, 'random'>, Pick<ReferenceRouting, 'score' | 'gate'>> = {
  amod: { score: 'received', gate: 'none' },
  'amod-gated': { score: 'received', gate: 'score' },
  linear: { score: 'linear', gate: 'score' },
  'linear-sigmoid': { score: 'linear', gate: 'sigmoid' },
  'cls-attention': { score: 'class row', gate: 'none' },
  'token-norm': { score: 'norm', gate: 'none' },
};

interface Setting {
  router: RouterName | 'dense';
  capacity: number;
  readout: 'class' | 'mean';
  clsPolicy: 'compete' | 'force';
  depth: number;
  /** Whether each block is routed. */
  routed: boolean[];
}

const setting = (given: Partial<Setting>): Setting => {
  const depth = given.depth ?? 4;
  return {
    router: 'amod',
    capacity: 0.5,
    readout: 'class',
    clsPolicy: 'compete',
    depth,
    routed: routedBlocks(depth, 'alternate'),
    ...given,
  };
};

const listed = (...blocks: number[]) => routedBlocks(4, 'list', blocks);

test.each<[string, Setting]>([
  ['dense', setting({ router: 'dense' })],
  ['dense, mean of the tokens read out', setting({ router: 'dense', readout: 'mean' })],
  ...routerNames.map((router): [string, Setting] => [`${router} at a half`, setting({ router })]),
  ['A-MoD at a quarter', setting({ capacity: 0.25 })],
  ['A-MoD at the least capacity', setting({ capacity: 1 / 16 })],
  ['linear at the least capacity', setting({ router: 'linear', capacity: 1 / 16 })],
  ['A-MoD, class token forced', setting({ capacity: 0.25, clsPolicy: 'force' })],
  ['linear, class token forced', setting({ router: 'linear', capacity: 0.25, clsPolicy: 'force' })],
  ['A-MoD, mean read out', setting({ readout: 'mean' })],
  ['A-MoD gated, mean read out', setting({ router: 'amod-gated', readout: 'mean' })],
  ['sigmoid, mean read out', setting({ router: 'linear-sigmoid', readout: 'mean' })],
  ['token norm, mean read out', setting({ router: 'token-norm', readout: 'mean' })],
  ['random, mean read out', setting({ router: 'random', readout: 'mean' })],
  ['A-MoD in late blocks', setting({ depth: 6, routed: routedBlocks(6, 'late') })],
  ['linear in blocks 1 and 4', setting({ router: 'linear', routed: listed(1, 4) })],
  ['A-MoD in blocks 2, 3 and 4', setting({ routed: listed(2, 3, 4) })],
  ['A-MoD gated in blocks 2, 3 and 4', setting({ router: 'amod-gated', routed: listed(2, 3, 4) })],
  ['class attention in blocks 2, 3 and 4', setting({ router: 'cls-attention', routed: listed(2, 3, 4) })],
])('%s: logits, chosen tokens and gradients as in float64', async (_, given) => {
  const { router, capacity, readout, clsPolicy, depth, routed } = given;
  const rng = createRng(7);
  const shape: VitShape = { ...SHAPE, depth, readout };
  const model = createVit(shape, rng.fork('init'));
  const settings = { capacity, routed, clsPolicy, classToken: readout === 'class', width: SHAPE.width };
  const routing =
    router === 'dense' ? null : createRouting({ router, ...settings }, model.parameters, rng.fork('routing'));
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
  const policy = routing?.policy(tf.tensor1d([3], 'int32'), 'training');
  const input = tf.tensor3d(images, [BATCH, SHAPE.patches, SHAPE.patchValues]);
  const { logits, blocks } = model.forward(input, policy);
  const scores = await Promise.all(blocks.map(async (tap) => (await tap.scores?.array()) ?? []));
  const definition: Pick<ReferenceRouting, 'score' | 'gate'> | null =
    router === 'dense'
      ? null
      : router === 'random'
        ? { score: { given: (image, block) => scores[block]?.[image] ?? [] }, gate: 'none' }
        : definitions[router];
  const reference: ReferenceRouting | null = definition && {
    ...definition,
    routed,
    k: capacityTokens(capacity, model.tokens),
    isFirstForced: clsPolicy === 'force',
  };
  const want = referenceVit({ ...SHAPE, depth, readout }, values, images, LABELS, reference);

  expect(distance(await logits.data(), want.logits.flat())).toBeLessThan(1e-5);
  const found = await Promise.all(blocks.flatMap(({ indices }) => (indices ? [indices.array()] : [])));
  expect(found).toHaveLength(reference ? routed.filter(Boolean).length : 0);
  expect(LABELS.map((__, image) => found.map((images) => images[image]))).toEqual(want.chosen);

  const target = tf.tensor1d(LABELS, 'int32');
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
