import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { capture } from '../../src/engine/capture';
import type { StepDefinition } from '../../src/engine/captured-step';
import { EagerStep } from '../../src/engine/eager-step';
import { addToClassSums } from '../../src/kernels/class-statistics/class-sums';
import '../../src/kernels/native';
import { softmaxCrossEntropy } from '../../src/kernels/softmax-cross-entropy/softmax-cross-entropy';
import { routeThrough } from '../../src/kernels/token-routing/route-through';
import { scatterAddTokens } from '../../src/kernels/token-routing/scatter-tokens';
import { selectTokens } from '../../src/kernels/token-routing/select-tokens';
import { momentumUpdate } from './momentum-update';
import { integers, normals } from './random-tensor';
import { tractOfRows } from './tract-of-rows';
import { onWebGpu } from '../support/on-webgpu';

onWebGpu();

const [batch, tokens, width, k] = [8, 6, 12, 3];
const inputs = {
  x: { dtype: 'float32', shape: [batch, tokens, width] },
  labels: { dtype: 'int32', shape: [batch] },
  lambda: { dtype: 'float32', shape: [] },
} as const;

/** A layer trained by TrAct under two routed ones, one with a gate, and class sums of its features on the side. */
function routedStep() {
  const first = tf.variable(tf.tensor(normals(width * width, 1), [width, width]));
  const momentum = tf.variable(tf.zeros([width, width]));
  const sums = { sums: tf.variable(tf.zeros([width, width])), counts: tf.variable(tf.zeros([width])) };
  const settings = tf.tensor1d([0.05, 0.9]);
  const definition: StepDefinition<typeof inputs, 'loss'> = {
    inputs,
    outputs: ['loss'],
    step({ x, labels, lambda }) {
      const rows: tf.Tensor2D = tf.reshape(x, [batch * tokens, width]);
      const z = tf.matMul<tf.Tensor2D>(rows, first);
      const loss = (pre: tf.Tensor) => {
        const all = tf.reshape<tf.Rank.R3>(pre, [batch, tokens, width]);
        const scores = tf.mean<tf.Tensor2D>(all, 2);
        const indices = selectTokens(scores, k, { alwaysFirst: true });
        const routed = routeThrough(all, indices, (taken) => tf.add(taken, tf.relu(taken)));
        const updates = routeThrough(all, indices, (taken) => tf.mul(taken, 0.5));
        const gate = tf.slice<tf.Rank.R2, tf.Tensor2D>(scores, [0, 0], [batch, k]);
        const mixed = scatterAddTokens(
          routed,
          indices,
          tf.slice(updates, [0, 0, 0], [batch, k, width]),
          gate,
        );
        return softmaxCrossEntropy(tf.mean<tf.Tensor2D>(mixed, 1), labels, {
          smoothing: 0.1,
          reduction: 'mean',
        });
      };
      const { value, grad } = tf.valueAndGrad(loss)(z);
      addToClassSums(tf.mean<tf.Tensor2D>(x, 1), labels, sums);
      const gradient = tractOfRows(rows, grad as tf.Tensor2D, lambda);
      const states = { parameter: first, momentum };
      momentumUpdate({ gradient, settings }, states, {});
      return { loss: value };
    },
  };
  const state = [first, momentum, sums.sums, sums.counts];
  return { definition, state, dispose: () => tf.dispose([...state, settings]) };
}

test('routing, the loss, TrAct and class sums can be captured: 20 steps equal tfjs’s to the last bit', async () => {
  const [one, two] = [routedStep(), routedStep()];
  const captured = capture(one.definition);
  const oracle = new EagerStep(two.definition, 'the oracle');
  for (let i = 1; i <= 20; i++) {
    const values = {
      x: normals(batch * tokens * width, i),
      labels: integers(batch, width, i),
      lambda: Float32Array.of(0.1 + 0.01 * i),
    };
    await captured.run(values);
    await oracle.run(values);
  }
  expect(captured.outcome).toEqual({ captured: true });
  const [{ loss }, { loss: wanted }] = [await captured.read(), await oracle.read()];
  expect([...loss]).toEqual([...wanted]);
  expect(loss.every(Number.isFinite)).toBe(true);
  expect(new Set(loss).size).toBe(20);
  for (const [i, variable] of one.state.entries())
    expect([...(await variable.data())]).toEqual([...((await two.state[i]?.data()) ?? [])]);
  for (const each of [captured, oracle, one, two]) each.dispose();
});
