import { afterAll, describe, expect, it } from 'vitest';
import { openCompute, type Compute } from '../../src/engine/open-compute';
import neuralCollapse from '../../src/experiments/neural-collapse/card';
import unconstrained from '../../src/experiments/unconstrained-features/card';
import { collectRunOf, type CollectedRun } from '../support/collect-run';
import golden from './neural-collapse.json';

/**
 * Eight steps on eight images of each class of Fashion-MNIST, and twenty of unconstrained features, seed 0, recorded once in
 * Chromium on a software adapter; other devices and the wasm fallback round differently, hence the tolerance. After a
 * change that is meant to change the numbers, copy the received ones from the failure into the JSON file.
 */
const RELATIVE = 1e-3;

const TINY = {
  dataset: 'fashion-mnist',
  perClass: 8,
  testExamples: 200,
  width: 16,
  features: 12,
  batch: 20,
  learningRate: 0.02,
  duration: 8,
  durationUnit: 'steps',
  evalEvery: 0,
};
const FREE = { duration: 20, evalEvery: 0 };

const runs = {
  'cross-entropy': (compute: Compute) => collectRunOf(neuralCollapse, compute, TINY),
  'squared error': (compute: Compute) => collectRunOf(neuralCollapse, compute, { ...TINY, loss: 'mse' }),
  mixup: (compute: Compute) => collectRunOf(neuralCollapse, compute, { ...TINY, mixup: 1 }),
  imbalance: (compute: Compute) =>
    collectRunOf(neuralCollapse, compute, { ...TINY, imbalance: 'step', ratio: 4, headLayers: 2 }),
  'unconstrained, squared error': (compute: Compute) => collectRunOf(unconstrained, compute, FREE),
  'unconstrained, cross-entropy': (compute: Compute) =>
    collectRunOf(unconstrained, compute, { ...FREE, objective: 'ce' }),
};

const METRICS = ['nc1', 'traceQuotient', 'maximalAngleMeans', 'nc3', 'testLoss', 'gap', 'objective'];

let compute: Compute | undefined;
afterAll(() => compute?.dispose());

const rounded = (value: number) => Number(value.toPrecision(6));

function received({ series, facts }: CollectedRun) {
  const last = (metric: string) => [...(series[metric]?.values() ?? [])].at(-1);
  return {
    losses: [...((series['batchLoss'] ?? series['objective'])?.values() ?? [])].map(rounded),
    measures: Object.fromEntries(
      METRICS.flatMap((metric) => {
        const value = last(metric);
        return value === undefined ? [] : [[metric, rounded(value)]];
      }),
    ),
    facts: {
      flopsPerImage: facts?.flopsPerImage,
      parameters: facts?.parameters,
      initDigest: facts?.initDigest,
      dataDigest: facts?.dataDigest,
    },
  };
}

type Recorded = Omit<ReturnType<typeof received>, 'measures'> & { measures: Record<string, number> };

describe.each(['webgpu', 'wasm'] as const)('recorded runs on %s', (backend) => {
  it.each(Object.keys(runs) as (keyof typeof runs)[])('%s', async (name) => {
    compute?.dispose();
    compute = await openCompute(backend);
    expect(compute.info.backend, compute.info.reason).toBe(backend);
    const got = received(await runs[name](compute));
    const want: Recorded = golden[name];
    expect(got.facts).toEqual(want.facts);
    expect(got.losses).toHaveLength(want.losses.length);
    expect(Object.keys(got.measures)).toEqual(Object.keys(want.measures));
    const pairs = [
      ...want.losses.map((value, i) => [value, got.losses[i] ?? NaN] as const),
      ...Object.entries(want.measures).map(
        ([metric, value]) => [value, Number(got.measures[metric])] as const,
      ),
    ];
    const off = pairs.map(([value, other]) => Math.abs(other - value) / value);
    expect(Math.max(...off), JSON.stringify(got)).toBeLessThan(RELATIVE);
  });
});
