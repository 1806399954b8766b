import { expect, test } from 'vitest';
import type { Claim } from '../../src/run/card';
import { baselineOf, comparisonOf, signText } from '../../src/ui/comparison';

const claim = (metric: string, method: string, baseline: string): Claim => ({
  ...{ metric, method, baseline, at: 'equal steps', direction: 'higher', margin: 0.01, source: '' },
});
const info = { label: '', unit: '', better: 'higher' as const };
const card = {
  ...{
    baseline: 'Dense',
    hero: 'loss',
    metrics: { loss: { ...info, better: 'lower' as const }, accuracy: info },
  },
  claims: [
    claim('accuracy', 'A-MoD', 'MoD'),
    claim('accuracy', 'A-MoD', 'Dense'),
    claim('loss', 'MoD', 'Dense'),
  ],
};
const setting = { card, variants: ['A-MoD', 'MoD', 'Dense'], spec: {} };
const usual = { base: null, of: null, diff: null };

test('differences are to the reader’s choice, else the card’s baseline, else a claim’s, else the first variant', () => {
  expect(baselineOf(setting, 'MoD')).toBe('MoD');
  expect(baselineOf(setting, 'gone')).toBe('Dense');
  expect(baselineOf({ ...setting, variants: ['A-MoD', 'MoD'] }, null)).toBe('MoD');
  expect(baselineOf({ ...setting, variants: ['A', 'B'] }, null)).toBe('A');
});

test('the curve shows what a claim speaks of, unless the reader chose', () => {
  const shown = (view: Partial<typeof usual> | { base?: string; of?: string; diff?: string }) => {
    const found = comparisonOf(setting, { ...usual, ...view });
    return [found?.methods.join('+'), found?.baseline, found?.metric, found?.claim?.baseline];
  };
  expect(shown({})).toEqual(['A-MoD', 'Dense', 'accuracy', 'Dense']);
  expect(shown({ base: 'MoD' })).toEqual(['A-MoD', 'MoD', 'accuracy', 'MoD']);
  expect(shown({ base: 'A-MoD' })).toEqual(['MoD', 'A-MoD', 'loss', 'Dense']);
  expect(shown({ diff: 'loss' })).toEqual(['MoD', 'Dense', 'loss', 'Dense']);
  expect(shown({ of: 'MoD' })[0]).toBe('MoD');
  expect(shown({ of: 'Dense' })[0]).toBe('A-MoD'); // no variant is held against itself
  expect(shown({ of: 'all' })[0]).toBe('A-MoD+MoD');
  expect(comparisonOf({ ...setting, variants: ['Dense'] }, usual)).toBeNull();
});

test('the sign is told in words', () => {
  expect(signText({ better: 'higher' }, ['A'], 'B')).toBe('above zero: A better than B');
  expect(signText({ better: 'lower' }, ['A'], 'B')).toBe('below zero: A better than B');
  expect(signText({ better: 'neither' }, ['A', 'C'], 'B')).toBe('above zero: the variant higher than B');
});
