import { describe, expect, test } from 'vitest';
import type { Claim } from '../../src/run/card';
import type { RunFacts } from '../../src/run/events';
import { pairedDifferences, type Comparable } from '../../src/ui/paired-difference';
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
  return { variant, seed, build: 'b', status: 'done', facts, series };
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

const differences = (of: Claim, runs: readonly Comparable[]) =>
  pairedDifferences(of, runs).map(({ difference }) => difference);

describe('differences of paired runs', () => {
  test('are read where the shorter curve ends on the claim’s axis', () => {
    // The method ends at 20 FLOPs, where the baseline was at step 10.
    expect(differences(claim, [method, base])[0]).toBeCloseTo(0.1);
    expect(differences({ ...claim, at: 'equal steps' }, [method, base])[0]).toBeCloseTo(-0.1);
    expect(differences({ ...claim, at: 'equal seconds' }, [method, base])[0]).toBeCloseTo(-0.1);
    const [pair] = pairedDifferences(claim, [method, base]);
    expect(pair).toMatchObject({ seed: 0, done: true, method, baseline: base });
    expect(pair?.methodValue).toBe(0.7);
    expect(pair?.baselineValue).toBeCloseTo(0.6);
  });

  test('fall on a straight line between two reports', () => {
    const shorter = run('Method', 0, 1, [[15, 0.5]]);
    // 15 FLOPs are the baseline’s step 7.5, half way from 0.3 to 0.6.
    expect(differences(claim, [shorter, base])[0]).toBeCloseTo(0.05);
  });

  test('are of seeds that both have run', () => {
    const lonely = run('Method', 1, 1, [[20, 0.9]]);
    expect(pairedDifferences(claim, [method, base, lonely]).map(({ seed }) => seed)).toEqual([0]);
    expect(pairedDifferences(claim, [method])).toEqual([]);
    expect(pairedDifferences(claim, [{ ...method, facts: undefined }, base])).toEqual([]);
  });

  test('come in the order of seeds', () => {
    const more = [run('Method', 1, 1, [[20, 0.9]]), run('Base', 1, 1, [[20, 0.6]])];
    const found = pairedDifferences(claim, [...more, method, base]);
    expect(found.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(found[1]?.difference).toBeCloseTo(0.3);
  });

  test('are unknown before both have reported at the same place', () => {
    const early = run('Method', 0, 1, [[4, 0.2]]);
    expect(pairedDifferences(claim, [early, base])).toEqual([]);
  });

  test('are of the latest runs of one build, done ones before others', () => {
    const again = { ...run('Method', 0, 1, [[20, 0.65]]), status: 'running' as const };
    expect(pairedDifferences(claim, [method, base, again])[0]).toMatchObject({ method, done: true });
    expect(pairedDifferences(claim, [base, again])[0]).toMatchObject({ method: again, done: false });
    expect(pairedDifferences(claim, [base, { ...method, build: 'other' }])).toEqual([]);
    const later = run('Method', 0, 1, [[20, 0.8]]);
    expect(pairedDifferences(claim, [method, base, later])[0]).toMatchObject({ method: later });
  });
});
