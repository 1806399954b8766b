import { describe, expect, it } from 'vitest';
import { comparable, hasBegun, tasksOfRun } from '../../src/experiments/task-weighting/lens/lens-run';
import { standingOut } from '../../src/experiments/task-weighting/lens/standing-out';
import { BACKGROUND, POINTED } from '../../src/experiments/task-weighting/lens/task-colours';
import { taskLines } from '../../src/experiments/task-weighting/lens/task-lines';
import { shortName } from '../../src/experiments/task-weighting/lens/task-names';
import { WeightedShares } from '../../src/experiments/task-weighting/lens/weighted-shares';
import { tasksOf } from '../../src/experiments/task-weighting/tasks';
import { withinDecades } from '../../src/ui/charts/axis-range';
import { chosenRun } from '../../src/ui/lens/chosen-run';
import { append, lensRun, seriesOf } from './lens-task-series';

const isMethod = (variant: string): boolean => variant === 'UW-SO';

describe('the run that is shown', () => {
  const told = { series: seriesOf({ 'loss.left': [1] }) };

  it('is the reader’s choice, else the method’s newest that has begun, else the newest that has', () => {
    const first = lensRun(told);
    const second = lensRun(told);
    const waiting = lensRun({ status: 'queued' });
    const other = lensRun({ ...told, variant: 'EW' });
    expect(chosenRun([first, second, other, waiting], null, isMethod, hasBegun)).toBe(second);
    expect(chosenRun([first, second, other, waiting], first.id, isMethod, hasBegun)).toBe(first);
    expect(chosenRun([waiting, other], null, isMethod, hasBegun)).toBe(other);
    expect(chosenRun([lensRun({ variant: 'EW' }), waiting], 'gone', isMethod, hasBegun)).toBe(waiting);
    expect(chosenRun([], null, isMethod, hasBegun)).toBeNull();
  });

  it('is compared with runs of the same tasks, the newest of each setting and seed', () => {
    const old = lensRun();
    const repeated = lensRun();
    const seed1 = lensRun({ seed: 1 });
    const others = lensRun({ spec: { tasks: 'fashion-3' } });
    expect(comparable([old, seed1, others, repeated], 'multi-fashion')).toEqual([repeated, seed1]);
    expect(tasksOfRun(others).map(({ id }) => id)).toEqual(['class', 'angle', 'clean']);
    expect(tasksOfRun({ spec: { tasks: 'toString' } })).toEqual([]);
  });
});

describe('shares of the weighted loss', () => {
  const weights = { 'weight.left': [1, 3], 'weight.right': [1, 1] };
  const losses = { 'loss.left': [1, 2], 'loss.right': [3, 2] };

  it('are w L ∕ Σ w L and grow with the run, leaving what was there in place', () => {
    const series = seriesOf({ ...weights, ...losses });
    const shares = new WeightedShares(series, ['left', 'right']);
    const [left, right] = shares.columns();
    expect(left?.value.subarray(0, 2)).toEqual(Float64Array.of(1 / 4, 6 / 8));
    expect(right?.value.subarray(0, 2)).toEqual(Float64Array.of(3 / 4, 2 / 8));

    const more = Array.from({ length: 100 }, () => 1); // past the columns' first capacity
    for (const metric of ['weight.left', 'weight.right', 'loss.left', 'loss.right'])
      append(series, metric, more);
    const [grown] = shares.columns();
    expect(grown?.length).toBe(102);
    expect(grown?.step[101]).toBe(102);
    expect(grown?.value[1]).toBe(6 / 8);
    expect(grown?.value[101]).toBe(1 / 2);
  });

  it('reach as far as every weight and loss, and not at all without weights', () => {
    const series = seriesOf({ ...weights, ...losses });
    append(series, 'loss.left', [9]);
    expect(new WeightedShares(series, ['left', 'right']).columns()[0]?.length).toBe(2);
    expect(new WeightedShares(seriesOf(losses), ['left', 'right']).columns()[0]?.length).toBe(0);
  });
});

describe('tasks that stand out', () => {
  const few = tasksOf('multi-fashion');
  const many = tasksOf('attributes');
  /** Weights by task; those not named weigh 1. */
  const weighing = (weights: Record<string, readonly number[]>) =>
    seriesOf(
      Object.fromEntries(many.map(({ id }) => [`weight.${id}`, weights[id] ?? [1, 1, 1, 1]] as const)),
    );

  it('are all where they are few', () => {
    expect(standingOut(few, ['right'], seriesOf({}))).toEqual(['left', 'right']);
  });

  it('are the largest and smallest weights of the latter half', () => {
    const series = weighing({
      bag: [0, 0, 9, 9],
      dress: [0, 0, 8, 8],
      warm: [99, 99, 0.1, 0.1],
      top: [99, 99, 0.2, 0.2],
    });
    expect(standingOut(many, [], series)).toEqual(['bag', 'dress', 'top', 'warm']);
  });

  it('are the ends of the list where weights are equal or missing', () => {
    const ends = ['garment', 'mirrored', 'bright-dress', 'inverted-bag'];
    expect(standingOut(many, [], weighing({}))).toEqual(ends);
    expect(standingOut(many, [], seriesOf({}))).toEqual(ends);
  });

  it('are the reader’s where there is a choice, the last five of it', () => {
    expect(standingOut(many, ['bag', 'nothing'], weighing({}))).toEqual(['bag']);
    expect(standingOut(many, ['bag', 'dress', 'top', 'warm', 'shirt', 'trouser'], weighing({}))).toEqual([
      'dress',
      'top',
      'warm',
      'shirt',
      'trouser',
    ]);
  });

  it('have colours and names; the others are grey until they are pointed at', () => {
    const run = lensRun({ spec: { tasks: 'attributes' }, series: weighing({}) });
    const ids = many.map(({ id }) => id);
    const shares = new WeightedShares(run.series, ids);
    const lines = taskLines({ run, tasks: many, shares, out: ['bag', 'top'], pointed: 'dress' }, 'weight');
    const by = new Map(lines.map((line) => [line.id, line]));
    expect(by.get('bag')).toMatchObject({ label: 'Bag', color: 1, weight: 'method' });
    expect(by.get('top')).toMatchObject({ label: 'Top', color: 2 });
    expect(by.get('dress')).toMatchObject({ label: 'Dress', color: POINTED, weight: 'method' });
    expect(by.get('shirt')).toMatchObject({ label: '', color: BACKGROUND, weight: 'seed' });
    expect(taskLines({ run, tasks: many, shares, out: [], pointed: null }, 'share')).toEqual([]); // no losses told
  });
});

it('tasks have names that fit beside a line', () => {
  expect(tasksOf('fashion-3').map(shortName)).toEqual(['Class', 'Angle', 'Clean image']);
  expect(shortName({ id: 'inverted-bag', label: 'is a bag, inverted' })).toBe('Inverted bag');
});

it('a log axis ends some decades under its top', () => {
  expect(withinDecades([1e-9, 1], 4)).toEqual([1e-4, 1]);
  expect(withinDecades([0.1, 1], 4)).toEqual([0.1, 1]);
  expect(withinDecades(null, 4)).toBeNull();
});
