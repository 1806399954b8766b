import { collectRun, TINY } from '../support/collect-run';
import { recordedFacts, testRecordedRuns } from '../support/recorded-runs';
import golden from './mixture-of-depths.json';

/**
 * Eight steps on the first 500 Fashion-MNIST images, seed 0, recorded once. The recording was made in Chromium on a
 * software adapter; other devices and the wasm fallback round differently, hence the tolerance.
 */
testRecordedRuns({
  golden,
  relative: 1e-4,
  async receive(router, compute) {
    const { series, facts } = await collectRun(compute, { router });
    return {
      trainLoss: [...(series['trainLoss']?.values() ?? [])],
      testLoss: series['testLoss']?.get(TINY.duration),
      ...recordedFacts(facts),
    };
  },
});
