import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applies,
  choice,
  flag,
  int,
  list,
  numbers,
  numbersIn,
  real,
  type Knob,
  type KnobValue,
  type Spec,
} from '../../src/spec/knob';
import {
  customVariant,
  decodeLink,
  defaultLink,
  encodeLink,
  linkDigest,
  namedVariant,
  seedsText,
  type Link,
  type Linkable,
} from '../../src/spec/link';
import { problemWith } from '../../src/spec/parse-spec';

const knobs = {
  router: choice('Router', ['amod', 'dense', 'random'], { default: 'amod' }),
  capacity: real('Capacity', { default: 0.5, min: 1 / 16, max: 1 }),
  learningRate: real('Learning rate', { default: 1e-3, min: 1e-6, max: 1, scale: 'log' }),
  depth: int('Depth', { default: 6, min: 1, max: 24 }),
  augment: flag('Augment', { default: false }),
  blocks: list('Blocks', { default: '2 4', min: 1, max: 24, appliesTo: { router: ['amod', 'random'] } }),
  scales: numbers('Loss scales', { default: '1', min: -5, max: 1e22 }),
};
const card: Linkable = {
  id: 'routing',
  knobs,
  presets: { smoke: { spec: { depth: 2, augment: true } }, demo: { spec: {} } },
  defaultPreset: 'demo',
  variants: { 'A-MoD': { router: 'amod' }, 'Dense ViT': { router: 'dense' }, Half: { capacity: 0.5 } },
  compare: ['A-MoD', 'Dense ViT'],
};
const cards = new Map([[card.id, card]]);
const decode = (search: string, hash = '') => decodeLink(cards, { search, hash });
const problemsOf = (search: string, hash = '') =>
  decode(search, hash).problems.map(({ where, message }) => `${where}: ${message}`);

const valueFor = (knob: Knob): fc.Arbitrary<KnobValue> => {
  if (knob.kind === 'flag') return fc.boolean();
  if (knob.kind === 'choice') return fc.constantFrom(...knob.options);
  if (knob.kind === 'int') return fc.integer({ min: knob.min, max: knob.max });
  if (knob.kind === 'list')
    return fc
      .uniqueArray(fc.integer({ min: knob.min, max: knob.max }), { maxLength: 6 })
      .map((numbers) => numbers.sort((a, b) => a - b).join(' '));
  if (knob.kind === 'numbers')
    return fc
      .array(fc.double({ min: knob.min, max: knob.max, noNaN: true }), { minLength: 1, maxLength: 4 })
      .map((list) => list.map(String).join(' '));
  return fc.double({ min: knob.min, max: knob.max, noNaN: true });
};
const anySpec = fc.record(
  Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, valueFor(knob)])),
) as fc.Arbitrary<Spec>;
const anyDiff = fc
  .record(Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, valueFor(knob)])), {
    requiredKeys: [],
  })
  .filter((diff) => Object.keys(diff).length > 0) as fc.Arbitrary<Spec>;
const anyVariant = fc.oneof(
  fc.constantFrom(...Object.keys(card.variants)).map((name) => namedVariant(card, name)),
  anyDiff.map((diff) => customVariant(card, diff)),
);
const anyLink: fc.Arbitrary<Link> = fc.record({
  experiment: fc.constant(card.id),
  preset: fc.constantFrom(...Object.keys(card.presets)),
  spec: anySpec,
  variants: fc.uniqueArray(anyVariant, { minLength: 1, maxLength: 5, selector: ({ name }) => name }),
  seeds: fc
    .uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 8 })
    .map((seeds) => seeds.sort((a, b) => a - b)),
  view: fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== 'spec' && key !== '__proto__'),
    fc.string(),
  ),
});

describe('encodeLink and decodeLink', () => {
  it('give back every link', () => {
    fc.assert(
      fc.property(anyLink, (link) => {
        const { link: back, problems } = decodeLink(cards, encodeLink(card, link));
        expect(problems).toEqual([]);
        expect(back).toEqual({ ...link, view: { ...link.view } });
      }),
    );
  });

  it('are canonical: any text that decodes cleanly encodes to one form', () => {
    fc.assert(
      fc.property(anyLink, (link) => {
        const once = encodeLink(card, link);
        const pairs = [...new URLSearchParams(once.search)].reverse();
        const shuffled = decodeLink(cards, { search: `?${new URLSearchParams(pairs)}`, hash: once.hash });
        expect(shuffled.link && encodeLink(card, shuffled.link)).toEqual(once);
      }),
    );
  });

  it('write only what differs', () => {
    expect(encodeLink(card, defaultLink(card))).toEqual({ search: '?e=routing&v=1', hash: '' });
    const link = {
      ...defaultLink(card),
      spec: { ...defaultLink(card).spec, capacity: 0.25 },
      seeds: [2, 0, 1],
    };
    expect(encodeLink(card, link).search).toBe('?e=routing&capacity=0.25&seeds=0-2&v=1');
  });

  it('keep the separators of variants readable', () => {
    const variants = [namedVariant(card, 'A-MoD'), customVariant(card, { router: 'random', capacity: 0.25 })];
    expect(encodeLink(card, { ...defaultLink(card), variants }).search).toBe(
      '?e=routing&vs=A-MoD|capacity:0.25,router:random&v=1',
    );
  });

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (search, hash) => {
        decode(`?e=routing&${search}`, hash);
        decode(search, hash);
      }),
    );
  });

  it('always give a spec within bounds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(knobs)), fc.string(), (name, text) => {
        const query = new URLSearchParams({ e: 'routing', [name]: text });
        const depth = decode(`?${query}`).link?.spec['depth'];
        expect(Number.isInteger(depth) && Number(depth) >= 1 && Number(depth) <= 24).toBe(true);
      }),
    );
  });
});

describe('decodeLink on bad links', () => {
  it('lists every problem and puts the default in its place', () => {
    const search = '?e=routing&capacity=7&depth=2.5&augment=yes&colour=red&p=none&seeds=x&vs=Nothing';
    const { link, problems } = decode(search);
    expect(problems.map(({ where }) => where).sort()).toEqual(
      ['augment', 'capacity', 'colour', 'depth', 'p', 'seeds', 'vs'].sort(),
    );
    expect(link).toEqual(defaultLink(card));
  });

  it.each([
    ['?e=nowhere', 'e: no experiment "nowhere"'],
    ['?capacity=0.5', 'e: the link names no experiment'],
    ['?e=routing&v=9', 'v: link grammar "9" is not known here; read as version 1'],
    ['?e=routing&depth=1e99', 'depth: expected 1 to 24, got 1e+99'],
    ['?e=routing&depth=0x10', 'depth: expected a number, got "0x10"'],
    ['?e=routing&depth=', 'depth: expected a number, got ""'],
    ['?e=routing&depth=3&depth=4', 'depth: given more than once; the first is used'],
    ['?e=routing&vs=router:nope', 'vs: router: expected one of amod, dense, random, got "nope"'],
    ['?e=routing&vs=A-MoD|A-MoD', 'vs: "A-MoD" is listed twice'],
    ['?e=routing&seeds=3-1', 'seeds: expected whole numbers or ranges such as 0-2, got "3-1"'],
    ['?e=routing&seeds=0-99', 'seeds: at most 20 seeds, got "0-99"'],
    ['?e=routing&toString=1', 'toString: no such knob'],
    ['?e=routing&vs=constructor', 'vs: no variant "constructor"'],
  ])('%s', (search, problem) => {
    expect(problemsOf(search)).toContain(problem);
  });

  it('opens the home page without complaint', () => {
    expect(decode('')).toEqual({ link: null, problems: [] });
  });

  it('keeps unknown view keys', () => {
    expect(decode('?e=routing', '#x=flops&later=1').link?.view).toEqual({ x: 'flops', later: '1' });
  });
});

describe('linkDigest', () => {
  it('notices a changed default', () => {
    const made = linkDigest(defaultLink(card));
    expect(problemsOf('?e=routing', `#spec=${made}`)).toEqual([]);
    const changed: Linkable = {
      ...card,
      knobs: { ...knobs, depth: int('Depth', { default: 8, min: 1, max: 24 }) },
    };
    const now = decodeLink(new Map([[card.id, changed]]), { search: '?e=routing', hash: `#spec=${made}` });
    expect(now.problems.map(({ where }) => where)).toEqual(['spec']);
  });
});

describe('seedsText', () => {
  it('joins neighbours', () => {
    expect(seedsText([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
  });
});

describe('released links', () => {
  // Links of version 1 as people may have shared them. They stay readable for ever.
  it.each([
    ['?e=routing&v=1', defaultLink(card)],
    [
      '?e=routing&p=smoke&capacity=0.25&vs=A-MoD|router:random,capacity:0.125&seeds=0-2,9&v=1',
      {
        ...defaultLink(card),
        preset: 'smoke',
        spec: {
          ...defaultLink(card).spec,
          ...{ router: 'amod', capacity: 0.25, learningRate: 1e-3, depth: 2, augment: true, blocks: '2 4' },
        },
        variants: [
          namedVariant(card, 'A-MoD'),
          { name: 'capacity:0.125,router:random', diff: { router: 'random', capacity: 0.125 } },
        ],
        seeds: [0, 1, 2, 9],
      },
    ],
  ])('%s', (search, link) => {
    expect(decode(search)).toEqual({ link, problems: [] });
  });
});

describe('a list of whole numbers', () => {
  it.each([
    ['2+4+6', '2 4 6'],
    ['6,2,4', '2 4 6'],
    ['2-4,%208', '2 3 4 8'],
    ['3;3;1', '1 3'],
    ['', ''],
  ])('%s is read as %s', (text, value) => {
    const { link, problems } = decode(`?e=routing&blocks=${text}`);
    expect(problems).toEqual([]);
    expect(link?.spec['blocks']).toBe(value);
  });

  it.each(['two', '0', '25', '2.5', '4-', '-1'])('refuses %s and keeps the default', (text) => {
    const { link, problems } = decode(`?e=routing&blocks=${text}`);
    expect(problems.map(({ where }) => where)).toEqual(['blocks']);
    expect(link?.spec['blocks']).toBe('2 4');
  });

  it('stands in links with plus signs for spaces, in variants too', () => {
    const { link } = decode('?e=routing&blocks=1-3&vs=blocks:2+5|Half');
    if (!link) throw new Error('the link does not open');
    expect(link.variants[0]?.diff).toEqual({ blocks: '2 5' });
    expect(encodeLink(card, link).search).toBe('?e=routing&blocks=1+2+3&vs=blocks:2+5|Half&v=1');
    expect(numbersIn('1 2 3')).toEqual([1, 2, 3]);
  });

  it('applies under the settings that it names', () => {
    expect(applies(knobs.blocks, { router: 'amod' })).toBe(true);
    expect(applies(knobs.blocks, { router: 'dense' })).toBe(false);
    expect(applies(knobs.depth, { router: 'dense' })).toBe(true);
  });
});

describe('some numbers in order', () => {
  it.each([
    ['10000+.1+1', '10000 0.1 1'],
    ['1e4,%200.10;1', '10000 0.1 1'],
    ['+0.5', '0.5'],
    ['%2B0.5', '0.5'],
    ['-0,-.5', '0 -0.5'],
    ['1,1', '1 1'],
    ['1e21', '1e+21'],
  ])('%s is read as %s', (text, value) => {
    const { link, problems } = decode(`?e=routing&scales=${text}`);
    expect(problems).toEqual([]);
    expect(link?.spec['scales']).toBe(value);
  });

  it.each([
    ['', 'scales: expected numbers such as 1 0.5, got ""'],
    ['one', 'scales: expected numbers such as 1 0.5, got "one"'],
    ['1,2-3', 'scales: expected numbers such as 1 0.5, got "1,2-3"'],
    ['0x10', 'scales: expected numbers such as 1 0.5, got "0x10"'],
    ['1,Infinity', 'scales: expected numbers such as 1 0.5, got "1,Infinity"'],
    ['1e999', 'scales: expected numbers such as 1 0.5, got "Infinity"'],
    ['1,-6', 'scales: expected -5 to 1e+22, got -6'],
  ])('refuses %s and keeps the default', (text, problem) => {
    const { link, problems } = decode(`?e=routing&scales=${text}`);
    expect(problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([problem]);
    expect(link?.spec['scales']).toBe('1');
  });

  it('stand in links with plus signs for spaces, in variants too', () => {
    const { link } = decode('?e=routing&scales=1,2&vs=scales:10000+.1+1|Half');
    if (!link) throw new Error('the link does not open');
    expect(link.variants[0]).toEqual({ name: 'scales:10000 0.1 1', diff: { scales: '10000 0.1 1' } });
    expect(encodeLink(card, link).search).toBe('?e=routing&scales=1+2&vs=scales:10000+0.1+1|Half&v=1');
  });

  it('have one form each, so that a setting is refused in any other', () => {
    expect(problemWith(knobs.scales, '10000 0.1 1')).toBeNull();
    for (const text of ['10000  0.1', '.1', '1.0', '+1', '1e4', '0.1 ', '-0', 0.1])
      expect(problemWith(knobs.scales, text)).toMatch(/^expected numbers such as/);
  });
});

describe('what a preset compares', () => {
  const own: Linkable = {
    ...card,
    presets: { ...card.presets, halves: { spec: {}, compare: ['Half', 'Dense ViT'] } },
  };
  const open = (search: string) => decodeLink(new Map([[own.id, own]]), { search, hash: '' });

  it('is the card’s comparison unless it has its own', () => {
    expect(open('?e=routing&p=smoke').link?.variants.map(({ name }) => name)).toEqual(own.compare);
    expect(open('?e=routing&p=halves').link).toEqual(defaultLink(own, 'halves'));
    expect(defaultLink(own, 'halves').variants).toEqual([
      namedVariant(own, 'Half'),
      namedVariant(own, 'Dense ViT'),
    ]);
  });

  it('is left out of the link, and anything else is not', () => {
    expect(encodeLink(own, defaultLink(own, 'halves')).search).toBe('?e=routing&p=halves&v=1');
    const other = { ...defaultLink(own, 'halves'), variants: defaultLink(own).variants };
    const { search } = encodeLink(own, other);
    expect(search).toBe('?e=routing&p=halves&vs=A-MoD|Dense+ViT&v=1');
    expect(open(search).link).toEqual(other);
  });
});
