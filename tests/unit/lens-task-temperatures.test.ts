import { describe, expect, it } from 'vitest';
import { scanCorrelation, scanned, scanWords } from '../../src/experiments/task-weighting/lens/temperatures';
import { lensRun, seriesOf } from './lens-task-series';

const info = { label: 'Δm', unit: '%', better: 'lower', decimals: 1 } as const;
const at = (temperature: number, quarter: number, end: number, seed = 0, more = {}) =>
  lensRun({
    seed,
    spec: { temperature, ...more },
    series: seriesOf({ quarterDeltaM: [quarter], deltaM: [9, end] }),
  });

describe('the scan of temperatures', () => {
  it('is the mean over seeds by temperature, coldest first', () => {
    const rows = scanned([at(5, 0.1, 0.2), at(1, 0.3, 0.4), at(5, 0.3, 0.4, 1)]);
    expect(rows.map(({ temperature, seeds }) => [temperature, seeds])).toEqual([
      [1, 1],
      [5, 2],
    ]);
    expect(rows[1]?.quarter).toBeCloseTo(0.2, 12);
    expect(rows[1]?.end).toBeCloseTo(0.3, 12);
  });

  it('leaves out what is not done, not UW-SO, or of another setting than most', () => {
    const running = { ...at(2, 0, 0), status: 'running' as const };
    const other = at(3, 0, 0, 0, { method: 'uw-o' });
    const wider = at(4, 0, 0, 0, { width: 999 });
    expect(scanned([at(1, 0, 0), at(2, 1, 1), running, other, wider]).map((row) => row.temperature)).toEqual([
      1, 2,
    ]);
  });

  it('says which is best when, and how far the early tells of the late', () => {
    const rows = scanned([at(1, 0.4, 0.4), at(2, 0.1, 0.3), at(5, 0.2, 0.1), at(10, 0.3, 0.2)]);
    // ranks 4 1 2 3 and 4 3 1 2: 1 − 6 · 6 ∕ (4 · 15)
    expect(scanCorrelation(rows).coefficient).toBeCloseTo(0.4, 12);
    expect(scanWords(rows, info).replaceAll('\u00a0', ' ')).toBe(
      'Of 4 temperatures T = 2 (Δm 10.0 %) is best on validation images after a quarter of the training, and T = 5 (Δm 10.0 %) on test images at the end. Spearman’s correlation of the two is 0.40 (n = 4).',
    );
  });

  it('says so where one is best twice, and where there are too few', () => {
    const two = scanWords(scanned([at(1, 0.4, 0.4), at(2, 0.1, 0.3)]), info).replaceAll('\u00a0', ' ');
    expect(two).toContain('it is also best on test images at the end (Δm 30.0 %)');
    expect(two).toContain('Their ranks cannot be correlated: 2 temperatures.');
    expect(scanWords(scanned([at(1, 0.4, 0.4)]), info)).toBe('');
  });
});
