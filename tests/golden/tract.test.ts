import card from '../../src/experiments/tract/card';
import { collectRunOf } from '../support/collect-run';
import { recordedFacts, testRecordedRuns } from '../support/recorded-runs';
import golden from './tract.json';

/**
 * Ten steps on the first 500 Fashion-MNIST images, seed 0, recorded once on the wasm fallback. Devices round differently, and
 * TrAct's inverse passes that on: after ten steps of the CNN WebGPU on a software adapter is 1.6e-4 away.
 */
const RELATIVE = 5e-4;
const TINY = {
  ...{ trainExamples: 500, testExamples: 250, width: 16, depth: 1, stages: 2 },
  ...{ batch: 50, duration: 1, evalEvery: 0 },
};

testRecordedRuns({
  golden,
  relative: RELATIVE,
  async receive(name, compute) {
    const [model, update] = name.split(' ');
    const { series, facts } = await collectRunOf(card, compute, { ...TINY, model, update });
    return {
      trainLoss: [...(series['trainLoss']?.values() ?? [])],
      testLoss: [...(series['testLoss']?.values() ?? [])].at(-1),
      ...recordedFacts(facts),
    };
  },
});
