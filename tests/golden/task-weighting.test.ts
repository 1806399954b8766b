import card from '../../src/experiments/task-weighting/card';
import { collectRunOf } from '../support/collect-run';
import { recordedFacts, testRecordedRuns } from '../support/recorded-runs';
import golden from './task-weighting.json';

/**
 * 24 steps on 500 Fashion-MNIST images, seed 0, recorded once in Chromium on a software adapter; other devices and the wasm
 * fallback round differently, hence the tolerance.
 */
const RELATIVE = 1e-4;
const TINY = {
  tasks: 'fashion-3',
  ...{ trainExamples: 500, validationExamples: 100, testExamples: 100 },
  ...{ width: 16, depth: 1, batch: 50, duration: 24, evalEvery: 0, temperature: 0.5 },
};

testRecordedRuns({
  golden,
  relative: RELATIVE,
  async receive(method, compute) {
    const { series, facts } = await collectRunOf(card, compute, {
      ...TINY,
      method,
      baselines: method === 'uw-so',
    });
    const of = (name: string) => [...(series[name]?.values() ?? [])];
    return {
      numbers: {
        trainLoss: of('trainLoss'),
        weight: of('weight.angle'),
        task: [...of('task.class'), ...of('task.angle'), ...of('task.clean')],
        deltaM: of('deltaM'),
      },
      ...recordedFacts(facts),
    };
  },
});
