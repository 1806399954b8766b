import { describe, expect, test } from 'vitest';
import { planProblems, planRuns } from '../../src/run/plan';
import { defineCard } from '../../src/run/card';
import { decodeLink, defaultLink, encodeLink, namedVariant } from '../../src/spec/link';
import { sweepCost } from '../../src/ui/panel/sweep-words';
import { variantGroups } from '../../src/ui/panel/variant-groups';
import { seriesNumbers } from '../../src/ui/series-numbers';
import { sameVariants, sweepRunMs, sweepRuns, sweepVariants } from '../../src/ui/sweep';
import { derivationOf, variantTitle } from '../../src/ui/variant-name';
import { sweptCard } from './ui-swept-card';
import { smallCard } from './ui-small-card';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const [sweep] = sweptCard.sweeps ?? [];
if (!sweep) throw new Error('the card has a sweep');
const variants = sweepVariants(sweptCard, sweep);
const link = { ...defaultLink(sweptCard), variants };
const cards = new Map([[sweptCard.id, sweptCard]]);

describe('a sweep', () => {
  test('is each variant at each value, then those beside them once', () => {
    expect(variants.map(({ name }) => name)).toEqual([
      'capacity:0.25,router:amod',
      'capacity:0.5,router:amod',
      'capacity:1,router:amod',
      'capacity:0.25,router:linear',
      'capacity:0.5,router:linear',
      'capacity:1,router:linear',
      'Base',
    ]);
    expect(planProblems(sweptCard, link)).toEqual([]);
    const settings = planRuns(sweptCard, link).map(({ spec }) => [spec['router'], spec['capacity']]);
    expect(settings).toEqual([
      ['amod', 0.25],
      ['amod', 0.5],
      ['amod', 1],
      ['linear', 0.25],
      ['linear', 0.5],
      ['linear', 1],
      ['dense', 0.5],
    ]);
  });

  test('is held by the link, which restores it', () => {
    const { search, hash } = encodeLink(sweptCard, link);
    const { link: restored, problems } = decodeLink(cards, { search, hash });
    expect(problems).toEqual([]);
    expect(restored).toEqual(link);
    expect(sameVariants(restored?.variants ?? [], variants)).toBe(true);
  });

  test('of four variants and six values still fits a short link', () => {
    const values = [0.0625, 0.125, 0.1875, 0.25, 0.375, 0.4375];
    const four = ['Method', 'Linear', 'Gated', 'Base'];
    const wide = sweepVariants(sweptCard, { ...sweep, values, variants: four, beside: [] });
    const { search, hash } = encodeLink(sweptCard, { ...link, variants: wide, seeds: [0, 1, 2, 3, 4] });
    expect(wide).toHaveLength(24);
    expect((search + hash).length).toBeLessThan(1000);
  });

  test('is recognised whatever the order, and not with a variant less', () => {
    expect(sameVariants(variants.toReversed(), variants)).toBe(true);
    expect(sameVariants(variants.slice(1), variants)).toBe(false);
    expect(sameVariants([...variants.slice(1), namedVariant(sweptCard, 'Gated')], variants)).toBe(false);
  });

  test('asks for its runs on every seed', () => {
    expect(sweepRuns(sweptCard, { ...link, seeds: [3, 4] }, sweep)).toHaveLength(14);
  });
});

describe('how long it takes', () => {
  const base = link.spec;
  const other = { ...base, width: 128 };

  test('is the mean of what runs of the setting took, whatever their variant', () => {
    const runs = [
      { spec: { ...base, capacity: 0.25 }, wholeMs: 1000 },
      { spec: { ...base, router: 'dense' }, wholeMs: 3000 },
      { spec: base, wholeMs: null },
      { spec: other, wholeMs: 90_000 },
    ];
    expect(sweepRunMs(sweptCard, base, sweep, runs)).toBe(2000);
    expect(sweepRunMs(sweptCard, other, sweep, runs)).toBe(90_000);
    expect(sweepRunMs(sweptCard, { ...base, width: 8 }, sweep, runs)).toBeNull();
  });

  test.each([
    [{}, '10 variants × 3 seeds = 30 runs'],
    [{ msPerRun: 24_000 }, '10 variants × 3 seeds = 30 runs, about 12 min'],
    [{ msPerRun: 24_000, atOnce: 2 }, '10 variants × 3 seeds = 30 runs, about 6 min'],
    [{ msPerRun: 1000, missing: 12 }, '10 variants × 3 seeds = 30 runs, 18 of them there, about 10 s'],
    [{ msPerRun: 1_000_000 }, '10 variants × 3 seeds = 30 runs, about 8.3 h'],
    [{ msPerRun: 24_000, missing: 0 }, '10 variants × 3 seeds = 30 runs, all there'],
  ])('%j reads %s', (known, words) => {
    const cost = { variants: 10, seeds: 3, missing: 30, msPerRun: null, atOnce: 1, ...known };
    expect(plain(sweepCost(cost))).toBe(words);
  });
});

describe('names of variants', () => {
  test('say what a variant comes from and what it sets beyond that', () => {
    const titles = [
      ['capacity:0.25,router:amod', 'Method, capacity 25 %'],
      ['router:linear,width:32', 'Linear, width 32'],
      ['capacity:0.25,router:linear,width:32', 'Linear, capacity 25 %, width 32'],
      ['width:32', 'width 32'],
      ['Method', 'Method'],
      ['gone:3', 'gone:3'],
      ['No such', 'No such'],
    ];
    for (const [name, title] of titles) expect(plain(variantTitle(sweptCard, name ?? ''))).toBe(title);
  });

  test('where two of the card’s could be meant, the one that a sweep builds on is', () => {
    // “Quarter” sets the capacity alone. Without a sweep the first in the card's order is taken.
    expect(derivationOf(sweptCard, 'capacity:0.25,router:linear')).toMatchObject({
      base: 'Linear',
      extra: { capacity: 0.25 },
      sweep: { knob: 'capacity' },
    });
    expect(derivationOf(smallCard, 'capacity:0.25,router:dense')).toMatchObject({
      base: 'Other',
      sweep: null,
    });
  });

  test('a variant that sets nothing is meant only where a sweep builds on it', () => {
    const bare = defineCard({
      ...smallCard,
      id: 'bare',
      variants: { Plain: {}, Base: { router: 'dense' } },
      compare: ['Plain', 'Base'],
      sweeps: [{ label: '', about: '', knob: 'capacity', values: [0.25], variants: ['Plain'], beside: [] }],
      claims: [],
    });
    expect(plain(variantTitle(bare, 'capacity:0.25'))).toBe('Plain, capacity 25 %');
    expect(plain(variantTitle(bare, 'width:32'))).toBe('width 32');
    expect(variantTitle(bare, 'gone:3')).toBe('gone:3');
  });
});

describe('the page', () => {
  test('gives what a sweep makes of a variant that variant’s colour', () => {
    const numbers = seriesNumbers(sweptCard, [...variants.map(({ name }) => name), 'router:linear,width:32']);
    expect(variants.map(({ name }) => numbers.get(name))).toEqual([1, 1, 1, 3, 3, 3, 0]);
    expect(numbers.get('router:linear,width:32')).toBe(Object.keys(sweptCard.variants).length);
  });

  test('lists what belongs to one sweep under one name', () => {
    const groups = variantGroups(sweptCard, [...variants, namedVariant(sweptCard, 'Gated')]);
    expect(
      groups.map(({ title, members }) => [title, plain(members.map(({ value }) => value).join())]),
    ).toEqual([
      ['Method, capacity', '25 %,50 %,100 %'],
      ['Linear, capacity', '25 %,50 %,100 %'],
      ['Base', ''],
      ['Gated', ''],
    ]);
  });
});
