import { describe, expect, it } from 'vitest';
import {
  effectWords,
  factorText,
  measuredGroups,
  scaleEffects,
} from '../../src/experiments/task-weighting/lens/loss-scale';
import { compareAt, similarityWords, spreadOf } from '../../src/experiments/task-weighting/lens/similarity';
import { lensRun, seriesOf } from './lens-task-series';

describe('what scaled losses do to updates', () => {
  const measured = (scales: string, trunk: readonly number[], left: readonly number[], seed = 0) =>
    lensRun({
      variant: `EW ${scales}`,
      seed,
      spec: { method: 'ew', scales },
      series: seriesOf({ 'update.trunk': trunk, 'update.left': left }, 20),
    });

  it('is the median ratio over the steps both measured, pooled over seeds', () => {
    const runs = [
      measured('1', [1, 1, 1], [2, 2, 2]),
      measured('10 1', [3, 5, 4, 99], [2, 2, 2]),
      measured('1', [1], [1], 1),
      measured('10 1', [100], [1], 1),
    ];
    const [effect, ...rest] = scaleEffects(runs, ['trunk', 'left', 'right']);
    expect(rest).toEqual([]);
    expect(effect).toMatchObject({ unscaled: runs[0], scaled: runs[1], seeds: 2, scales: [10, 1] });
    expect(effect?.factors.get('trunk')).toBe(4.5); // of 3, 4, 5 and 100
    expect(effect?.factors.get('left')).toBe(1);
    expect(effect?.factors.get('right')).toBeNaN();
  });

  it('is not asked of runs that differ in more than the scales', () => {
    const other = lensRun({
      spec: { method: 'uw-o', scales: '10 1' },
      series: seriesOf({ 'update.trunk': [1] }),
    });
    expect(scaleEffects([measured('1', [1], [1]), other], ['trunk'])).toEqual([]);
  });

  it('groups are the trunk, then the heads in the order of their tasks', () => {
    const run = lensRun({ series: seriesOf({ 'gradient.right': [1], 'update.trunk': [1] }) });
    expect(measuredGroups([run], ['left', 'right'])).toEqual(['trunk', 'right']);
    expect(measuredGroups([], ['left'])).toEqual([]);
  });

  it('is said in words, in which heads of unscaled losses have no part', () => {
    const scaleOf = (task: string): number => ({ left: 100, right: 0.1 })[task] ?? 1;
    const say = (factors: Record<string, number>) => effectWords(new Map(Object.entries(factors)), scaleOf);
    expect(say({ trunk: 1.1, left: 0.9, right: 1 })).toBe('Invariant: trunk and heads as before');
    expect(say({ trunk: 3, left: 1, right: 1 })).toBe('Heads as before, trunk feels the scales');
    expect(say({ trunk: 1, left: 100, right: 0.1, third: 1 })).toBe('Heads feel the scales, trunk as before');
    expect(say({ trunk: 9, left: 100, right: 1 })).toBe(
      '1 of 2 scaled heads feel it, trunk feels the scales',
    );
    expect(say({ trunk: 9 })).toBe('Trunk feels the scales');
    expect(say({ trunk: NaN })).toBe('Nothing measured');
  });

  it('factors read as factors', () => {
    expect([1, 0.9868, 29.84, 9987, 0.0214, 0.0001, NaN].map(factorText)).toEqual([
      '× 1.00',
      '× 0.99',
      '× 29.8',
      '× 10,000',
      '× 0.0214',
      '× 0.0001',
      '–',
    ]);
  });
});

describe('how alike gradients are', () => {
  it('is summed up over the measurements, without those that are no numbers', () => {
    const values = Array.from({ length: 101 }, (_, i) => (100 - i) / 100);
    expect(spreadOf(seriesOf({ taskCosine: [NaN, ...values] }), 'taskCosine')).toMatchObject({ n: 101 });
    const spread = spreadOf(seriesOf({ taskCosine: values }), 'taskCosine');
    expect(spread?.mean).toBeCloseTo(0.5, 12);
    expect(spread?.deviation).toBeCloseTo(Math.sqrt((101 * 102) / 12) / 100, 12); // of 0 … 100
    expect(spread?.low).toBeCloseTo(0.025, 12);
    expect(spread?.high).toBeCloseTo(0.975, 12);
    expect(spreadOf(seriesOf({}), 'taskCosine')).toBeNull();
  });

  it('is compared step by step', () => {
    const series = seriesOf({ taskCosine: [0, 1, 3], sampleCosine: [1, 1, 2, 9] });
    expect(compareAt(series, 'taskCosine', 'sampleCosine')).toEqual({
      tasks: 4 / 3,
      images: 4 / 3,
      lower: 1 / 3,
    });
    expect(compareAt(series, 'taskCosine', 'sampleMagnitude')).toBeNull();
  });

  it('is said in words, next to what the paper found', () => {
    const found = similarityWords(
      seriesOf({
        taskMagnitude: [0.4, 0.4],
        sampleMagnitude: [0.8, 0.8],
        taskCosine: [-0.104, 0.1],
        sampleCosine: [0, 0],
      }),
    );
    expect(found).toBe(
      'Magnitude similarity is lower between tasks than between images of one task (0.40 against 0.80 on average; lower in 100 % of the measurements). ' +
        'Cosine is neither clearly lower nor higher between tasks than between images of one task (0.00 against 0.00 on average; lower in 50 % of the measurements). ' +
        'Elich et al. (2023) find magnitudes lower between tasks, and directions not: this run agrees.',
    );
    const otherwise = similarityWords(
      seriesOf({ taskMagnitude: [0.9], sampleMagnitude: [0.8], taskCosine: [0], sampleCosine: [0.5] }),
    );
    expect(otherwise).toContain('Magnitude similarity is higher between tasks');
    expect(otherwise).toContain('Cosine is lower between tasks');
    expect(otherwise).toMatch(/this run does not show that\.$/);
    expect(similarityWords(seriesOf({ taskCosine: [0] }))).toBe('');
  });
});
