import { describe, expect, test } from 'vitest';
import type { Claim } from '../../src/run/card';
import type { RunFacts } from '../../src/run/events';
import { pairedDifference, type Comparable } from '../../src/ui/paired-difference';
import { RunSeries } from '../../src/run/run-series';

const claim: Claim = {
  metric: 'accuracy',
  method: 'Method',
  baseline: 'Base',
  at: 'equal FLOPs',
  direction: 'higher',
  margin: 0,
  source: 'Table 1',
};

function run(variant: string, seed: number, flopsPerStep: number, points: [number, number][]): Comparable {
  const series = new RunSeries();
  const step = Float64Array.from(points.map(([at]) => at));
  series.append({
    metric: 'accuracy',
    step,
    trainMs: step.map((s) => s * 10),
    value: Float64Array.from(points.map(([, value]) => value)),
  });
  const facts: RunFacts = {
    ...{ totalSteps: 20, batchSize: 1, epochExamples: 1, parameters: 1, flopsPerImage: 1, flopsPerStep },
    ...{ dataDigest: '', initDigest: '', details: {} },
  };
  return { variant, seed, facts, series };
}

const method = run('Method', 0, 1, [
  [10, 0.5],
  [20, 0.7],
]);
const base = run('Base', 0, 2, [
  [5, 0.3],
  [10, 0.6],
  [20, 0.8],
]);

describe('difference of paired runs', () => {
  test('is read where the shorter curve ends on the claim’s axis', () => {
    // The method ends at 20 FLOPs, where the baseline was at step 10.
    expect(pairedDifference(claim, [method, base])?.mean).toBeCloseTo(0.1);
    expect(pairedDifference({ ...claim, at: 'equal steps' }, [method, base])?.mean).toBeCloseTo(-0.1);
  });

  test('falls on a straight line between two reports', () => {
    const shorter = run('Method', 0, 1, [[15, 0.5]]);
    // 15 FLOPs are the baseline’s step 7.5, half way from 0.3 to 0.6.
    expect(pairedDifference(claim, [shorter, base])?.mean).toBeCloseTo(0.05);
  });

  test('counts only seeds that both have run', () => {
    const lonely = run('Method', 1, 1, [[20, 0.9]]);
    const found = pairedDifference(claim, [method, base, lonely]);
    expect(found?.pairs.map(({ seed }) => seed)).toEqual([0]);
    expect(pairedDifference(claim, [method])).toBeNull();
    expect(pairedDifference(claim, [{ ...method, facts: undefined }, base])).toBeNull();
  });

  test('is the mean over seeds', () => {
    const more = [run('Method', 1, 1, [[20, 0.9]]), run('Base', 1, 1, [[20, 0.6]])];
    expect(pairedDifference(claim, [method, base, ...more])?.mean).toBeCloseTo(0.2);
  });

  test('is unknown before both have reported at the same place', () => {
    const early = run('Method', 0, 1, [[4, 0.2]]);
    expect(pairedDifference(claim, [early, base])).toBeNull();
  });
});
