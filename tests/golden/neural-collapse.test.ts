import type { Compute } from '../../src/engine/open-compute';
import neuralCollapse from '../../src/experiments/neural-collapse/card';
import unconstrained from '../../src/experiments/unconstrained-features/card';
import { collectRunOf, type CollectedRun } from '../support/collect-run';
import { recordedFacts, testRecordedRuns } from '../support/recorded-runs';
import golden from './neural-collapse.json';

/**
 * Eight steps on eight images of each class of Fashion-MNIST, and twenty of unconstrained features, seed 0, recorded once in
 * Chromium on a software adapter; other devices and the wasm fallback round differently, hence the tolerance.
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

function recordedOf({ series, facts }: CollectedRun) {
  const last = (metric: string) => [...(series[metric]?.values() ?? [])].at(-1);
  return {
    losses: [...((series['batchLoss'] ?? series['objective'])?.values() ?? [])],
    measures: Object.fromEntries(METRICS.map((metric) => [metric, last(metric)])),
    facts: recordedFacts(facts),
  };
}

testRecordedRuns<keyof typeof runs>({
  golden,
  relative: RELATIVE,
  digits: 6,
  receive: async (name, compute) => recordedOf(await runs[name](compute)),
});
