import { describe, expect, it } from 'vitest';
import { phaseLines } from '../../src/ui/phase-words';

const facts = {
  totalSteps: 100,
  batchSize: 50,
  epochExamples: 1000,
  parameters: 1,
  flopsPerImage: 1,
  flopsPerStep: 150,
  dataDigest: 'd',
  initDigest: 'i',
  details: {},
};

describe('where the time of a run went', () => {
  it('names each phase, and sets a measurement beside an epoch of training', () => {
    const phases = {
      loading: { ms: 1234, entered: 1 },
      compiling: { ms: 80, entered: 1 },
      training: { ms: 8000, entered: 4 },
      evaluating: { ms: 900, entered: 3 },
    };
    // 80 steps of 50 are four epochs of 1,000.
    expect(phaseLines({ phases, facts, trainMs: 8000, step: 80 })).toEqual([
      ['Loading data', '1.2\u00a0s'],
      ['First steps and compiling', '0.08\u00a0s'],
      ['Measuring', '0.9\u00a0s, 3\u00a0times 0.3\u00a0s'],
      ['Training for one epoch', '2\u00a0s'],
    ]);
  });

  it('says nothing of phases a run did not have, and of records without them', () => {
    expect(phaseLines({ phases: undefined, facts, trainMs: 8000, step: 80 })).toEqual([]);
    const phases = { loading: { ms: 0, entered: 1 }, evaluating: { ms: 20, entered: 1 } };
    expect(phaseLines({ phases, facts: undefined, trainMs: 0, step: 0 })).toEqual([
      ['Measuring', '0.02\u00a0s, 1\u00a0time 0.02\u00a0s'],
    ]);
  });
});
