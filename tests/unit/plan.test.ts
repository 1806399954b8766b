import { describe, expect, test } from 'vitest';
import { smallCard } from './ui-small-card';
import { customVariant, defaultLink } from '../../src/spec/link';
import { planProblems, planRuns } from '../../src/run/plan';
import { seriesNumbers } from '../../src/ui/series-numbers';

const link = defaultLink(smallCard);

describe('plan', () => {
  test('goes seed by seed, so that pairs finish together', () => {
    const plan = planRuns(smallCard, { ...link, seeds: [0, 4] });
    expect(plan.map(({ variant, seed }) => `${variant} ${seed}`)).toEqual([
      'Method 0',
      'Base 0',
      'Method 4',
      'Base 4',
    ]);
    expect(plan[0]?.spec).toMatchObject({ router: 'amod', width: 64 });
  });

  test('a digest tells settings apart, not seeds', () => {
    const digests = planRuns(smallCard, { ...link, seeds: [0, 1] }).map(({ specDigest }) => specDigest);
    expect(new Set(digests).size).toBe(2);
    const wider = planRuns(smallCard, { ...link, spec: { ...link.spec, width: 128 } });
    expect(digests).not.toContain(wider[0]?.specDigest);
  });

  test('lists what the card refuses, once', () => {
    const problems = planProblems(smallCard, { ...link, spec: { ...link.spec, mlpRatio: 7 } });
    expect(problems).toEqual([{ where: 'width', message: '64 is not divisible' }]);
  });

  test('refuses two variants that run the same', () => {
    const twin = customVariant(smallCard, { router: 'amod', width: 64 });
    const problems = planProblems(smallCard, { ...link, variants: [...link.variants, twin] });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.where).toBe('vs');
  });
});

describe('series numbers', () => {
  test('0 is the baseline, 1 the method, and a variant keeps its number whatever else is compared', () => {
    const alone = seriesNumbers(smallCard, []);
    expect([...alone]).toEqual([
      ['Base', 0],
      ['Method', 1],
      ['Other', 2],
    ]);
    expect(seriesNumbers(smallCard, ['width:32', 'Method', 'width:16']).get('width:16')).toBe(4);
  });
});
