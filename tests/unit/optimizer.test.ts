import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCompute } from '../../src/engine/open-compute';
import { createRng } from '../../src/math/philox-rng';
import { createOptimizer, type OptimizerSettings } from '../../src/nn/optimizer';
import { ones, Parameters } from '../../src/nn/parameters';

beforeAll(async () => {
  await openCompute('cpu');
});

/** Three steps on one weight and one bias that start at 1, with gradients 0.5, −0.25 and 2 and learning rate 0.1. */
async function threeSteps(settings: Partial<OptimizerSettings> & Pick<OptimizerSettings, 'kind'>) {
  const parameters = new Parameters(createRng(0));
  const weight = parameters.create('layer.weight', [1], ones);
  const bias = parameters.create('layer.bias', [1], ones);
  const optimizer = createOptimizer(parameters, { weightDecay: 0, momentum: 0, ...settings });
  const path: number[][] = [];
  for (const slope of [0.5, -0.25, 2]) {
    const gradient = tf.tensor1d([slope]);
    optimizer.apply(
      new Map([
        ['layer.weight', gradient],
        ['layer.bias', gradient],
      ]),
      0.1,
    );
    path.push([(await weight.data())[0] ?? NaN, (await bias.data())[0] ?? NaN]);
  }
  return path;
}

/** The same in float64, written from the definitions in PyTorch's documentation. */
function expected(
  { kind, weightDecay = 0, momentum = 0 }: Partial<OptimizerSettings>,
  decays: boolean,
): number[] {
  let [theta, m, v, buffer] = [1, 0, 0, 0];
  const lambda = decays ? weightDecay : 0;
  return [0.5, -0.25, 2].map((slope, i) => {
    const t = i + 1;
    if (kind === 'adamw') theta -= 0.1 * lambda * theta;
    const g = kind === 'adamw' ? slope : slope + lambda * theta;
    if (kind === 'sgd') {
      buffer = i === 0 ? g : momentum * buffer + g;
      theta -= 0.1 * buffer;
    } else {
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      theta -= (0.1 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    }
    return theta;
  });
}

describe('createOptimizer', () => {
  it.each([
    { kind: 'adam' },
    { kind: 'adam', weightDecay: 0.3 },
    { kind: 'adamw', weightDecay: 0.3 },
    { kind: 'sgd' },
    { kind: 'sgd', momentum: 0.9 },
    { kind: 'sgd', momentum: 0.9, weightDecay: 0.3 },
  ] as const)('follows the definition: %j; the bias never decays', async (settings) => {
    const path = await threeSteps(settings);
    const [weight, bias] = [expected(settings, true), expected(settings, false)];
    for (const [i, [w, b]] of path.entries()) {
      expect(w).toBeCloseTo(weight[i] ?? NaN, 5);
      expect(b).toBeCloseTo(bias[i] ?? NaN, 5);
    }
  });

  it('refuses to skip a parameter', () => {
    const parameters = new Parameters(createRng(0));
    parameters.create('layer.weight', [1], ones);
    const optimizer = createOptimizer(parameters, { kind: 'adam', weightDecay: 0, momentum: 0 });
    expect(() => optimizer.apply(new Map(), 0.1)).toThrow('layer.weight');
  });
});
