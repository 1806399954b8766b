import { afterAll, describe, expect, it } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import card from '../../src/experiments/task-weighting/card';
import { collectRunOf } from '../support/collect-run';
import golden from './task-weighting.json';

/**
 * 24 steps on 500 Fashion-MNIST images, seed 0, recorded once in Chromium on a software adapter; other devices and the wasm
 * fallback round differently, hence the tolerance. After a change that is meant to change the numbers, copy the received
 * ones from the failure into the JSON file.
 */
const RELATIVE = 1e-4;
const TINY = {
  tasks: 'fashion-3',
  ...{ trainExamples: 500, validationExamples: 100, testExamples: 100 },
  ...{ width: 16, depth: 1, batch: 50, duration: 24, evalEvery: 0, temperature: 0.5 },
};

let compute: Compute | undefined;
afterAll(() => compute?.dispose());

const rounded = (value: number) => Number(value.toPrecision(7));

describe.each(['webgpu', 'wasm'] as const)('recorded runs on %s', (backend) => {
  it.each(['ew', 'uw', 'uw-so', 'gls', 'dwa', 'pcgrad'] as const)('%s', async (method) => {
    compute?.dispose();
    compute = await openCompute(backend);
    expect(compute.info.backend, compute.info.reason).toBe(backend);
    const { series, facts } = await collectRunOf(card, compute, {
      ...TINY,
      method,
      baselines: method === 'uw-so',
    });
    const of = (name: string) => [...(series[name]?.values() ?? [])].map(rounded);
    const received = {
      numbers: {
        trainLoss: of('trainLoss'),
        weight: of('weight.angle'),
        task: [...of('task.class'), ...of('task.angle'), ...of('task.clean')],
        deltaM: of('deltaM'),
      },
      flopsPerImage: facts?.flopsPerImage,
      parameters: facts?.parameters,
      initDigest: facts?.initDigest,
      dataDigest: facts?.dataDigest,
    };
    const expected = golden[method];
    expect({ ...received, numbers: expected.numbers }, JSON.stringify(received)).toEqual(expected);
    for (const name of ['trainLoss', 'weight', 'task', 'deltaM'] as const) {
      const [got, recorded]: [number[], number[]] = [received.numbers[name], expected.numbers[name]];
      expect(got).toHaveLength(recorded.length);
      const off = got.map(
        (value, i) => Math.abs(value - (recorded[i] ?? NaN)) / Math.abs(recorded[i] ?? NaN),
      );
      expect(Math.max(0, ...off), JSON.stringify(received)).toBeLessThan(RELATIVE);
    }
  });
});
