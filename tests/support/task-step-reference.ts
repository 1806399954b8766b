import * as tf from '@tensorflow/tfjs-core';
import { methodOf, scalesOf } from '../../src/experiments/task-weighting/step/setting';
import { overwrite } from '../../src/engine/overwrite';
import type { Rng } from '../../src/math/rng';
import { gramianOf } from '../../src/methods/weighting/gramian';
import type { WeightingState } from '../../src/methods/weighting/weighting-method';
import { drawsOf, type Setup } from './task-step-setup';
import { torchStep, type TorchParameter, type TorchSettings } from './torch-optimizers';

/** What one step of the reference saw. */
export interface ReferenceStep {
  losses: number[];
  weights: number[];
  /** Of each task after its scale, by parameter. */
  gradients: Map<string, number[]>[];
  /** Of the weighted objective. */
  combined: Map<string, number[]>;
}

/** Losses before their scales and the gradient of each, by a forward and a backward pass of its own. */
async function gradientsAt({ model, batches, tasks, rng }: Setup, at: number, indices: Int32Array) {
  const names = [...model.parameters.entries()];
  const losses: number[] = [];
  const gradients: Map<string, number[]>[] = [];
  for (const [k] of tasks.entries()) {
    const { value, grads } = tf.tidy(() => {
      const draws = drawsOf({ rng }, tf.tensor1d([at], 'int32'));
      const batch = batches.batch(tf.tensor1d(indices, 'int32'), draws);
      return tf.variableGrads(
        () => tf.sum<tf.Scalar>(tf.slice(model.losses(batch), k, 1)),
        model.parameters.list(),
      );
    });
    losses.push((await value.data())[0] ?? NaN);
    const found = names.map(async ([name, variable]) => {
      const gradient = grads[variable.name];
      return [
        name,
        gradient ? Array.from(await gradient.data()) : Array<number>(variable.size).fill(0),
      ] as const;
    });
    gradients.push(new Map(await Promise.all(found)));
    value.dispose();
    tf.dispose(grads);
  }
  return { losses, gradients };
}

/** PCGrad on the gradients themselves (Yu et al. 2020, algorithm 1). */
function surgery(rows: readonly number[][], rng: Rng): number[] {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);
  const sum = Array<number>(rows[0]?.length ?? 0).fill(0);
  for (const [i, row] of rows.entries()) {
    let current = row;
    for (const j of rng.permutation(rows.length)) {
      const other = rows[j] ?? [];
      const along = dot(current, other);
      if (j === i || along >= 0) continue;
      const share = along / (dot(other, other) + 1e-8);
      current = current.map((x, at) => x - share * (other[at] ?? NaN));
    }
    for (const [at, x] of current.entries()) sum[at] = (sum[at] ?? NaN) + x;
  }
  return sum;
}

/**
 * The training in float64 on the processor, but for the passes themselves: K separate ones, weights as the methods define them,
 * PCGrad on gradients rather than their products, optimizers as PyTorch's documentation has them.
 * @param drawn weights to take instead of drawing them, `[steps · tasks]`, for a method whose draws come from the device
 */
export async function referenceTraining(
  setup: Setup,
  steps: number,
  drawn?: ArrayLike<number>,
): Promise<{ parameters: Map<string, number[]>; history: ReferenceStep[] }> {
  const { spec, model, tasks, rng } = setup;
  const count = tasks.length;
  const method = methodOf(spec, count);
  const scales = scalesOf(spec, count);
  const stream = rng.fork('weighting');
  const variables = new Map(model.parameters.entries());
  const initial = await model.parameters.toArrays();
  const states = new Map<string, TorchParameter>();
  for (const [name, { values }] of initial)
    states.set(name, { theta: Array.from(values, Number), decays: name.endsWith('.weight') });
  const kind = spec.optimizer === 'sgd' ? 'sgd' : 'adam';
  const settings: TorchSettings = { kind, weightDecay: spec.weightDecay, momentum: spec.momentum };
  let state: WeightingState = method.initial(count);
  const learned: TorchParameter = { theta: Array.from(state['learned'] ?? []), decays: false };
  const perTask = spec.optimizer === 'adam-per-task';
  const own = tasks.map(() => new Map<string, TorchParameter>());
  const history: ReferenceStep[] = [];

  for (let at = 1; at <= steps; at++) {
    const raw = await gradientsAt(setup, at, setup.indicesAt(at));
    const losses = Float64Array.from(raw.losses, (loss, k) => loss * (scales[k] ?? NaN));
    const gradients = raw.gradients.map(
      (map, k) => new Map([...map].map(([name, g]) => [name, g.map((x) => x * (scales[k] ?? NaN))])),
    );
    const shared = [...variables.keys()].filter((name) => model.isShared(name));
    const rows = gradients.map((map) => shared.flatMap((name) => map.get(name) ?? []));
    const current = { ...state, learned: Float64Array.from(learned.theta) };
    const context = {
      epoch: Math.floor((at - 1) / 6),
      rng: stream.fork(`step ${at}`),
      gramian: gramianOf(rows),
    };
    const weighed = method.weigh(losses, current, context);
    state = weighed.state;
    const weights = drawn
      ? Array.from({ length: count }, (_, k) => drawn[(at - 1) * count + k] ?? NaN)
      : Array.from(weighed.weights);
    const headWeight = (k: number) =>
      spec.method === 'pcgrad' || spec.method === 'mgda' ? 1 : (weights[k] ?? NaN);
    const cut = spec.method === 'pcgrad' ? surgery(rows, stream.fork(`step ${at}`)) : null;
    const combined = new Map<string, number[]>();
    let offset = 0;
    for (const [name, { size }] of variables) {
      const isShared = model.isShared(name);
      const sum = Array.from({ length: size }, (_, i) =>
        gradients.reduce(
          (total, map, k) =>
            total + (isShared ? (weights[k] ?? NaN) : headWeight(k)) * (map.get(name)?.[i] ?? NaN),
          0,
        ),
      );
      combined.set(name, isShared && cut ? cut.slice(offset, offset + size) : sum);
      if (isShared) offset += size;
    }
    history.push({ losses: [...losses], weights, gradients, combined });

    const stepped = (name: string) => !(spec.freezeTrunk && model.isShared(name));
    for (const [name, parameter] of states) {
      if (!stepped(name)) continue;
      if (!perTask || !model.isShared(name)) {
        torchStep([parameter], [combined.get(name) ?? []], spec.learningRate, at, settings);
        continue;
      }
      for (const [k] of tasks.entries()) {
        const mine = own[k]?.get(name) ?? { ...parameter };
        mine.theta = parameter.theta;
        const gradient = (gradients[k]?.get(name) ?? []).map((g) => g * (weights[k] ?? NaN));
        const share = { ...settings, weightDecay: spec.weightDecay / count };
        torchStep([mine], [gradient], spec.learningRate, at, share);
        own[k]?.set(name, mine);
        parameter.theta = mine.theta;
      }
    }
    if ('gradient' in weighed)
      torchStep([learned], [[...(weighed.gradient as Float64Array)]], spec.learningRate, at, settings);
    for (const [name, { theta }] of states) {
      const variable = variables.get(name);
      if (variable) overwrite(variable, Float32Array.from(theta));
    }
  }
  setup.dispose();
  return { parameters: new Map([...states].map(([name, { theta }]) => [name, theta])), history };
}
