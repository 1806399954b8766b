import { describe, expect, it } from 'vitest';
import { overheadWords, stepTimesOf } from '../../src/experiments/tract/lens/overhead';
import { RunSeries } from '../../src/run/run-series';
import type { RunStatus } from '../../src/run/record';

interface Made {
  update: 'tract' | 'vanilla';
  seed?: number;
  ms?: number;
  width?: number;
  status?: RunStatus;
}

let made = 0;
function run({ update, seed = 0, ms, width = 32, status = 'done' }: Made) {
  const series = new RunSeries();
  if (ms !== undefined) {
    const column = (value: number) => Float64Array.of(value);
    // The mean is told anew as the run goes on; the last one counts.
    for (const [step, value] of [
      [10, 999],
      [20, ms],
    ] as const)
      series.append({ metric: 'stepTime', step: column(step), trainMs: column(step), value: column(value) });
  }
  return { id: `${++made}`, variant: update, seed, spec: { update, width }, status, series };
}

describe('what the update costs', () => {
  it('is told by pairs of one seed that differ in the update alone', () => {
    const runs = [
      run({ update: 'tract', ms: 110 }),
      run({ update: 'vanilla', ms: 100 }),
      run({ update: 'tract', seed: 1, ms: 50 }), // no partner of its seed
      run({ update: 'vanilla', ms: 10, width: 64 }), // another model
      run({ update: 'tract', seed: 2, ms: 210 }),
      run({ update: 'vanilla', seed: 2, ms: 300, status: 'stopped' }),
      run({ update: 'vanilla', seed: 2, ms: 200 }),
    ];
    expect(stepTimesOf(runs)).toEqual([
      { tract: 110, vanilla: 100 },
      { tract: 210, vanilla: 200 },
    ]);
    expect(stepTimesOf([run({ update: 'tract', ms: 5 }), run({ update: 'vanilla' })])).toEqual([]);
  });

  it('is said of the newest runs of a seed', () => {
    const runs = [100, 120].flatMap((ms) => [
      run({ update: 'vanilla', ms: ms - 20 }),
      run({ update: 'tract', ms }),
    ]);
    expect(stepTimesOf(runs)).toEqual([{ tract: 120, vanilla: 100 }]);
  });

  it('is in per cent, over several pairs their geometric mean', () => {
    expect(overheadWords([])).toBeNull();
    expect(overheadWords([{ tract: 103, vanilla: 100 }])).toBe(
      'A step took 103 ms with TrAct and 100 ms without: 3.0 % longer.',
    );
    expect(overheadWords([{ tract: 95, vanilla: 100 }])).toContain('5.0 % shorter');
    // √(1.21 · 1) = 1.1
    expect(
      overheadWords([
        { tract: 121, vanilla: 100 },
        { tract: 100, vanilla: 100 },
      ]),
    ).toBe(
      'A step was 10.0 % longer with TrAct than without, the geometric mean of 2\u00a0pairs of runs; pair by pair 0.0 % to 21.0 %.',
    );
  });
});
