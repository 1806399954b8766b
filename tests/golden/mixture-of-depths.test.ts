import { afterAll, describe, expect, it } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import { collectRun, TINY } from '../support/collect-run';
import golden from './mixture-of-depths.json';

/**
 * Eight steps on the first 500 Fashion-MNIST images, seed 0, recorded once. The recording was made in Chromium on a
 * software adapter; other devices and the wasm fallback round differently, hence the tolerance.
 * After a change that is meant to change the numbers, copy the received ones from the failure into the JSON file.
 */
const RELATIVE = 1e-4;

let compute: Compute | undefined;
afterAll(() => compute?.dispose());

const rounded = (value: number) => Number(value.toPrecision(7));

describe.each(['webgpu', 'wasm'] as const)('recorded runs on %s', (backend) => {
  it.each(['amod', 'linear', 'random', 'dense'] as const)('%s', async (router) => {
    compute?.dispose();
    compute = await openCompute(backend);
    expect(compute.info.backend, compute.info.reason).toBe(backend);
    const { series, facts } = await collectRun(compute, { router });
    const received = {
      trainLoss: [...(series['trainLoss']?.values() ?? [])].map(rounded),
      testLoss: rounded(series['testLoss']?.get(TINY.duration) ?? NaN),
      flopsPerImage: facts?.flopsPerImage,
      parameters: facts?.parameters,
      initDigest: facts?.initDigest,
      dataDigest: facts?.dataDigest,
    };
    const expected = golden[router];
    expect({ ...received, trainLoss: expected.trainLoss, testLoss: expected.testLoss }).toEqual(expected);
    expect(received.trainLoss).toHaveLength(expected.trainLoss.length);
    const off = [...received.trainLoss, received.testLoss].map((value, i) => {
      const recorded = [...expected.trainLoss, expected.testLoss][i] ?? NaN;
      return Math.abs(value - recorded) / recorded;
    });
    expect(Math.max(...off), JSON.stringify(received)).toBeLessThan(RELATIVE);
  });
});
