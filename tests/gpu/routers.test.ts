import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import type { StepDefinition } from '../../src/engine/captured-step';
import { EagerStep } from '../../src/engine/eager-step';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { createRng } from '../../src/math/philox-rng';
import { routedBlocks } from '../../src/methods/routing/capacity';
import { createRouting, routerNames, type RoutingSettings } from '../../src/methods/routing/routing';
import { createOptimizer } from '../../src/nn/optimizer';
import { createVit } from '../../src/nn/vit';
import { integers, normals } from './random-tensor';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const [batch, patches, patchValues, width, depth, classes] = [6, 9, 4, 16, 4, 4];

const settingsOf = (given: Partial<RoutingSettings>): RoutingSettings => ({
  router: 'amod',
  capacity: 0.5,
  routed: routedBlocks(depth, 'alternate'),
  clsPolicy: 'compete',
  classToken: true,
  width,
  ...given,
});

/** A routed model with its training step; the same numbers for the same settings. */
function routedTraining(settings: RoutingSettings) {
  const rng = createRng(3);
  const readout = settings.classToken ? 'class' : 'mean';
  const shape = { patches, patchValues, width, heads: 2, depth, mlpRatio: 2, classes, readout } as const;
  const model = createVit(shape, rng.fork('init'));
  const routing = createRouting(settings, model.parameters, rng.fork('routing'));
  const optimizer = createOptimizer(model.parameters, { kind: 'adamw', weightDecay: 0.05, momentum: 0 });
  const inputs = {
    images: { dtype: 'float32', shape: [batch, patches, patchValues] },
    labels: { dtype: 'int32', shape: [batch] },
    settings: { dtype: 'float32', shape: [optimizer.settingsLength] },
    step: { dtype: 'int32', shape: [1] },
  } as const;
  const definition: StepDefinition<typeof inputs, 'loss' | 'nonFinite' | 'choice'> = {
    inputs,
    outputs: ['loss', 'nonFinite', 'choice'],
    step({ images, labels, settings, step }) {
      const policy = routing.policy(step, 'training');
      const kept: tf.Tensor2D[] = [];
      const { value, grads } = tf.variableGrads(() => {
        const { logits, blocks } = model.forward(images, policy);
        for (const tap of blocks) if (tap.kept) kept.push(tf.keep(tap.kept));
        return softmaxCrossEntropy(logits, labels, { reduction: 'mean' });
      }, model.parameters.list());
      // One number that tells other choices apart: squares of the places of the chosen, summed exactly.
      const places = tf.range(1, 1 + kept.length * batch * model.tokens, 1, 'float32');
      const choice = tf.sum<tf.Scalar>(tf.mul(tf.reshape(tf.concat(kept, 0), [-1]), tf.square(places)));
      tf.dispose(kept);
      const { nonFinite } = optimizer.applyWith(model.parameters.byName(grads), settings);
      return { loss: value, nonFinite, choice };
    },
  };
  return {
    definition,
    parameters: model.parameters,
    /** Images, labels and learning rate of step `at`, and the number that random routers see. */
    inputsAt: (at: number, seen = at) => ({
      images: normals(batch * patches * patchValues, at),
      labels: integers(batch, classes, at),
      settings: optimizer.settingsAt(at, 3e-3),
      step: Int32Array.of(seen),
    }),
    dispose() {
      optimizer.dispose();
      model.parameters.dispose();
    },
  };
}

const STEPS = 12;

describe('a captured step of a routed vision transformer', () => {
  test.each<[string, Partial<RoutingSettings>]>([
    ...routerNames.map((router): [string, Partial<RoutingSettings>] => [router, { router }]),
    ['A-MoD in blocks 2, 3 and 4', { routed: routedBlocks(depth, 'list', [2, 3, 4]) }],
    ['linear, class token forced', { router: 'linear', clsPolicy: 'force' }],
    ['gated A-MoD, mean read out', { router: 'amod-gated', classToken: false }],
    ['random, mean read out', { router: 'random', classToken: false }],
  ])('%s: is replayed, and equals tfjs’s step by step to the last bit', async (_, given) => {
    const before = tf.memory().numTensors;
    const [first, second] = [routedTraining(settingsOf(given)), routedTraining(settingsOf(given))];
    const captured = capture(first.definition);
    const oracle = new EagerStep(second.definition, 'the oracle');
    for (let i = 1; i <= STEPS; i++) {
      await captured.run(first.inputsAt(i));
      await oracle.run(second.inputsAt(i));
    }
    expect(captured.outcome).toEqual({ captured: true });
    const [found, wanted] = [await captured.read(), await oracle.read()];
    expect(found).toEqual(wanted);
    expect([...found.nonFinite]).toEqual(new Array<number>(STEPS).fill(0));
    expect(new Set(found.loss).size).toBe(STEPS);
    expect(new Set(found.choice).size).toBeGreaterThan(STEPS / 2);
    const twins = new Map(second.parameters.entries());
    for (const [name, variable] of first.parameters.entries()) {
      const twin = twins.get(name);
      expect([...(await variable.data())], name).toEqual([...((await twin?.data()) ?? [])]);
    }
    for (const each of [captured, oracle, first, second]) each.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(['linear', 'linear-sigmoid'] as const)('%s: moves the routers too', async (router) => {
    const training = routedTraining(settingsOf({ router }));
    const captured = capture(training.definition);
    const weights = [...training.parameters.entries()].filter(([name]) => name.endsWith('.router.weight'));
    expect(weights).toHaveLength(2);
    const start = await Promise.all(weights.map(([, weight]) => weight.data<'float32'>()));
    for (let i = 1; i <= STEPS; i++) await captured.run(training.inputsAt(i));
    for (const [i, [, weight]] of weights.entries()) {
      const moved = await weight.data<'float32'>();
      // Weight decay alone takes less than 0.2 % off each.
      const most = Math.max(...moved.map((w, j) => Math.abs(w / (start[i]?.[j] ?? NaN) - 1)));
      expect(most).toBeGreaterThan(0.01);
    }
    for (const each of [captured, training]) each.dispose();
  });

  test('random: draws by the step it is given, so that a replay draws anew and repeats for the same step', async () => {
    const settings = settingsOf({ router: 'random' });
    const choices = async (steps: readonly number[]) => {
      const training = routedTraining(settings);
      const captured = capture(training.definition);
      for (const seen of steps) await captured.run(training.inputsAt(1, seen));
      expect(captured.outcome).toEqual({ captured: true });
      const { choice } = await captured.read();
      for (const each of [captured, training]) each.dispose();
      return [...choice];
    };
    const [first, other] = [await choices([1, 2, 3, 4, 5, 4]), await choices([5, 4, 3, 2, 1, 1])];
    expect(new Set(first.slice(0, 5)).size).toBe(5);
    expect(first[5]).toBe(first[3]);
    // The choice depends on the step alone, not on the weights as they stand.
    expect(other.slice(0, 5)).toEqual(first.slice(0, 5).reverse());
  });
});
