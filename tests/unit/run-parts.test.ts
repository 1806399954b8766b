import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/run/card';
import { defineRun, type RunContext } from '../../src/run/experiment';
import { HeldResources } from '../../src/training/held-resources';
import { requireFinite } from '../../src/training/require-finite';
import { lengthOf } from '../../src/training/training-length';
import { smallCard } from './ui-small-card';

describe('a run', () => {
  const begun: string[] = [];
  const card: Card = {
    ...smallCard,
    check: ({ router }) => (router === 'dense' ? [{ where: 'router', message: 'not here' }] : []),
  };
  const run = defineRun(card, async function* ({ router }) {
    begun.push(String(router));
    yield { kind: 'phase', phase: 'loading' };
    return Promise.resolve({});
  });
  const context = {} as RunContext; // nothing of it is used

  it('refuses a setting that its card’s check refuses, before it begins', async () => {
    await expect(run({ router: 'dense' }, context).next()).rejects.toThrow('router: not here');
    expect(begun).toEqual([]);
    expect((await run({ router: 'amod' }, context).next()).done).toBe(false);
    expect(begun).toEqual(['amod']);
  });
});

describe('what a run holds', () => {
  it('is freed once, the last first', () => {
    const freed: string[] = [];
    const held = new HeldResources();
    for (const name of ['data', 'model', 'step'])
      expect(held.hold({ name, dispose: () => freed.push(name) }).name).toBe(name);
    held.dispose();
    held.dispose();
    expect(freed).toEqual(['step', 'model', 'data']);
  });
});

describe('a step of a training', () => {
  const nameOf = (number: number): string => ['first', 'second'][number - 1] ?? 'none';

  it('passes with finite numbers alone; else says what is not finite', () => {
    expect(() => requireFinite(3, { loss: 1, nonFinite: 0 }, nameOf)).not.toThrow();
    expect(() => requireFinite(3, { loss: NaN, nonFinite: 0 }, nameOf)).toThrow(
      'The training loss is no longer a finite number at step 3',
    );
    expect(() => requireFinite(3, { loss: Infinity, nonFinite: 2 }, nameOf)).toThrow(
      'The gradient of second is no longer a finite number at step 3',
    );
  });

  it('is one of a length told in steps or in epochs', () => {
    expect(lengthOf({ duration: 7, durationUnit: 'steps' }, { stepsPerEpoch: 5 })).toBe(7);
    expect(lengthOf({ duration: 7, durationUnit: 'epochs' }, { stepsPerEpoch: 5 })).toBe(35);
  });
});
