import { describe, expect, it } from 'vitest';
import {
  bothWeigh,
  inertiaWords,
  meetings,
  startPairs,
} from '../../src/experiments/task-weighting/lens/inertia';
import { lensRun, seriesOf } from './lens-task-series';

const nameOf = (task: string): string => (task === 'left' ? 'Left item' : 'Right item');
const uw = (start: string, seed = 0, learningRate = 0.002) =>
  lensRun({ variant: `UW ${start}`, seed, spec: { method: 'uw', start, learningRate } });

describe('pairs of starts', () => {
  it('differ in the start alone, on one seed, the usual start first', () => {
    const [usual, bad, seed1, otherRate] = [uw('-0.5'), uw('3'), uw('3', 1), uw('3', 0, 0.01)];
    expect(startPairs([bad, usual, seed1, otherRate, lensRun()], '-0.5')).toEqual([[usual, bad]]);
    expect(startPairs([usual, seed1], '-0.5')).toEqual([]);
  });

  it('count once both have told their weights', () => {
    const told = { ...uw('3'), series: seriesOf({ 'weight.left': [1] }) };
    expect(bothWeigh(['left'], [told, told])).toBe(true);
    expect(bothWeigh(['left'], [told, uw('-0.5')])).toBe(false);
  });
});

describe('when a bad start is forgotten', () => {
  const usual = seriesOf({ 'weight.left': [1, 1, 1, 1, 1], 'weight.right': [2, 2, 2, 2, 2] });

  it('is the first step from which on the weights stay within 10 %, of the last task', () => {
    // left touches at step 2, parts, and stays from step 4 on; right from step 3 on
    const other = seriesOf({ 'weight.left': [5, 1, 5, 1.05, 0.95], 'weight.right': [9, 9, 2.2, 2, 2] });
    const found = meetings(['right', 'left'], usual, other);
    expect(found).toEqual([
      { task: 'left', from: 4, atEnd: 1 / 0.95, end: 5 },
      { task: 'right', from: 3, atEnd: 1, end: 5 },
    ]);
    expect(inertiaWords(found, nameOf, { ended: true })).toBe(
      'The two starts’ weights are within 10 % of each other from step 4 of 5 on; Left item is the last task.',
    );
    expect(inertiaWords(found, nameOf, { ended: false })).toBe(
      'The two starts’ weights are within 10 % of each other from step 4 on, so far; Left item is the last task.',
    );
  });

  it('may never come: the worst task says how far it is', () => {
    const other = seriesOf({ 'weight.left': [1, 1, 1, 1, 0.25], 'weight.right': [2, 2, 2, 2, 6] });
    const found = meetings(['left', 'right'], usual, other);
    expect(inertiaWords(found, nameOf, { ended: true })).toBe(
      'The two starts’ weights are still 4.0-fold apart at the end, step 5, for Left item, the worst task.',
    );
  });

  it('is measured as far as both have come', () => {
    const other = seriesOf({ 'weight.left': [1, 1] });
    expect(meetings(['left', 'right'], usual, other)).toEqual([{ task: 'left', from: 1, atEnd: 1, end: 2 }]);
  });

  it('is not said of weights that are no numbers', () => {
    const found = meetings(['left'], usual, seriesOf({ 'weight.left': [1, 1, 1, 1, NaN] }));
    expect(inertiaWords(found, nameOf, { ended: true })).toContain('no finite weight at step 5');
    expect(inertiaWords([], nameOf, { ended: true })).toBe('');
  });
});
