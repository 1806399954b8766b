import { afterAll, describe, expect, it } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import card from '../../src/experiments/tract/card';
import { collectRunOf } from '../support/collect-run';
import golden from './tract.json';

/**
 * Ten steps on the first 500 Fashion-MNIST images, seed 0, recorded once on the wasm fallback. Devices round differently, and
 * TrAct's inverse passes that on: after ten steps of the CNN WebGPU on a software adapter is 1.6e-4 away. After a change that
 * is meant to change the numbers, copy the received ones from the failure into the JSON file.
 */
const RELATIVE = 5e-4;
const TINY = {
  ...{ trainExamples: 500, testExamples: 250, width: 16, depth: 1, stages: 2 },
  ...{ batch: 50, duration: 1, evalEvery: 0 },
};

let compute: Compute | undefined;
afterAll(() => compute?.dispose());

const rounded = (value: number) => Number(value.toPrecision(7));

describe.each(['webgpu', 'wasm'] as const)('recorded runs on %s', (backend) => {
  it.each([
    { model: 'vit', update: 'tract' },
    { model: 'vit', update: 'vanilla' },
    { model: 'cnn', update: 'tract' },
    { model: 'cnn', update: 'vanilla' },
  ] as const)('$model, $update', async ({ model, update }) => {
    compute?.dispose();
    compute = await openCompute(backend);
    expect(compute.info.backend, compute.info.reason).toBe(backend);
    const { series, facts } = await collectRunOf(card, compute, { ...TINY, model, update });
    const trainLoss = [...(series['trainLoss']?.values() ?? [])].map(rounded);
    const testLoss = rounded([...(series['testLoss']?.values() ?? [])].at(-1) ?? NaN);
    const received = {
      ...{ trainLoss, testLoss },
      flopsPerImage: facts?.flopsPerImage,
      parameters: facts?.parameters,
      initDigest: facts?.initDigest,
      dataDigest: facts?.dataDigest,
    };
    const expected = golden[`${model} ${update}`];
    expect({ ...received, trainLoss: expected.trainLoss, testLoss: expected.testLoss }).toEqual(expected);
    expect(trainLoss).toHaveLength(expected.trainLoss.length);
    const off = [...trainLoss, testLoss].map((value, i) => {
      const recorded = [...expected.trainLoss, expected.testLoss][i] ?? NaN;
      return Math.abs(value - recorded) / recorded;
    });
    expect(Math.max(...off), JSON.stringify(received)).toBeLessThan(RELATIVE);
  });
});
