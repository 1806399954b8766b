import { describe, expect, it } from 'vitest';
import {
  countedRuns,
  seedsWords,
  taskOutcomes,
} from '../../src/experiments/task-weighting/lens/task-outcomes';
import { tasksOf } from '../../src/experiments/task-weighting/tasks';
import { lensRun, seriesOf } from './lens-task-series';

const tasks = tasksOf('multi-fashion');

const evaluated = (left: number, right: number, single = 0.8) =>
  seriesOf({
    'task.left': [0, left],
    'task.right': [0, right],
    'single.left': [single],
    'single.right': [single],
    'taskDelta.left': [9, (single - left) / single],
    'taskDelta.right': [9, (single - right) / single],
  });

describe('each task against single-task', () => {
  it('is the mean over seeds of the last evaluation, with its deviation', () => {
    const runs = [
      lensRun({ series: evaluated(0.6, 0.9) }),
      lensRun({ seed: 1, series: evaluated(0.8, 0.9, 0.6) }),
      lensRun({ variant: 'EW', series: evaluated(0.5, 0.5) }),
    ];
    const [left] = taskOutcomes(tasks, countedRuns(runs, tasks));
    // One baseline per seed: 0.8 of seed 0, which two runs tell, and 0.6 of seed 1.
    expect(left?.single).toBeCloseTo(0.7, 12);
    expect(left?.outcomes[0]).toMatchObject({ variant: 'UW-SO', seeds: 2 });
    expect(left?.outcomes[0]?.value).toBeCloseTo(0.7, 12);
    expect(left?.outcomes[0]?.deviation).toBeCloseTo(Math.SQRT1_2 * 0.2, 12);
    expect(left?.outcomes[0]?.delta).toBeCloseTo((0.25 - 1 / 3) / 2, 12);
    expect(left?.outcomes[1]).toMatchObject({ variant: 'EW', value: 0.5, deviation: null, seeds: 1 });
  });

  it('counts runs that are done before those under way, and says where none is', () => {
    const done = lensRun({ series: evaluated(0.6, 0.9) });
    const running = lensRun({ seed: 1, status: 'running', series: evaluated(0.1, 0.1) });
    const early = lensRun({ variant: 'EW', status: 'running', series: evaluated(0.2, 0.2) });
    const silent = lensRun({ variant: 'UW', status: 'running' });
    expect(countedRuns([done, running, early, silent], tasks)).toEqual([
      { variant: 'UW-SO', runs: [done], unfinished: false },
      { variant: 'EW', runs: [early], unfinished: true },
    ]);
  });

  it('has no single-task value and no change without baselines', () => {
    const run = lensRun({ series: seriesOf({ 'task.left': [0.5], 'task.right': [0.5] }) });
    const [left] = taskOutcomes(tasks, countedRuns([run], tasks));
    expect(left).toMatchObject({ single: null, outcomes: [{ value: 0.5, delta: null }] });
  });

  it('says what the numbers are means of', () => {
    expect(seedsWords([1, 1])).toBe('one seed');
    expect(seedsWords([3, 3])).toBe('mean of 3 seeds');
    expect(seedsWords([3, 1])).toBe('means of 1 to 3 seeds');
  });
});
