import { describe, expect, it } from 'vitest';
import { cards } from '../../src/experiments/cards';
import { loadRun } from '../../src/experiments/runs';
import type { Seed } from '../../src/run/seed';
import {
  decodeLink,
  defaultLink,
  encodeLink,
  namedVariant,
  specOfPreset,
  variantSpec,
} from '../../src/spec/link';
import { parseSpec } from '../../src/spec/parse-spec';
import releasedLinks from '../golden/links.json';

const seeds = import.meta.glob<Seed>('../../seeds/*.json', { eager: true, import: 'default' });

describe.each([...cards])('the card %s', (id, card) => {
  it('has code to run, in the folder of its name', async () => {
    expect(await loadRun(id)).toBeTypeOf('function');
  });

  it.each(Object.keys(card.presets))('preset %s can run, in every variant', (preset) => {
    const base = specOfPreset(card, preset);
    for (const name of Object.keys(card.variants)) {
      const spec = variantSpec(card, base, namedVariant(card, name));
      expect(parseSpec(card.knobs, spec)).toEqual(spec);
      expect(card.check?.(spec) ?? []).toEqual([]);
    }
  });

  it('says for every number on the page what it is', () => {
    for (const knob of Object.values(card.knobs)) expect(knob.label).not.toBe('');
    for (const { label, unit } of Object.values(card.metrics)) {
      expect(label).not.toBe('');
      expect(unit).toBeTypeOf('string');
    }
    for (const claim of card.claims) {
      expect(Object.keys(card.metrics)).toContain(claim.metric);
      expect(Object.keys(card.variants)).toEqual(expect.arrayContaining([claim.method, claim.baseline]));
    }
  });

  it('cites a paper of the library, which names it back', () => {
    const paper = Object.values(seeds).find((seed) => seed.id === card.seed.id);
    expect(paper).toEqual(card.seed);
    expect(paper?.experiment).toBe(id);
  });
});

describe('the cards’ own checks', () => {
  it('find what no single knob can', () => {
    const card = cards.get('mixture-of-depths');
    if (!card) throw new Error('the first experiment is there');
    const base = specOfPreset(card, 'demo');
    const where = (change: object) => card.check?.({ ...base, ...change }).map((problem) => problem.where);
    expect(where({ patch: 5 })).toEqual(['patch']);
    expect(where({ patch: 7, dataset: 'cifar-10' })).toEqual(['patch']);
    expect(where({ width: 50, heads: 4 })).toEqual(['width']);
    expect(where({ batch: 500, trainExamples: 400 })).toEqual(['batch']);
    expect(where({ depth: 1 })).toEqual(['depth']);
    expect(where({ depth: 1, router: 'dense' })).toEqual([]);
    const listed = { routedBlocks: 'list', depth: 6 };
    expect(where({ ...listed, blockList: '' })).toEqual(['blockList']);
    expect(where({ ...listed, blockList: '4 7' })).toEqual(['blockList']);
    expect(where({ ...listed, blockList: '1 3' })).toEqual(['blockList']);
    expect(where({ ...listed, blockList: '1 3', router: 'linear' })).toEqual([]);
    expect(where({ ...listed, blockList: '2 3 4' })).toEqual([]);
    expect(where({ router: 'cls-attention', readout: 'mean' })).toEqual(['readout']);
    expect(where({ router: 'amod', readout: 'mean' })).toEqual([]);
    const transfer = { protocol: 'transfer', sourceDataset: 'mnist' };
    expect(where(transfer)).toEqual([]);
    expect(where({ ...transfer, dataset: 'mnist' })).toEqual(['sourceDataset']);
    expect(where({ ...transfer, dataset: 'cifar-10' })).toEqual(['sourceDataset']);
  });
});

describe('the papers', () => {
  it.each(Object.entries(seeds))('%s is complete', (path, seed) => {
    expect(path).toBe(`../../seeds/${seed.id}.json`);
    for (const text of [seed.title, seed.venue, seed.claim, seed.method, seed.protocol])
      expect(text).toMatch(/\S/);
    expect(seed.authors.length).toBeGreaterThan(0);
    expect(seed.year).toBeGreaterThan(1940);
    expect(() => new URL(seed.url)).not.toThrow();
    expect(['running', 'planned', 'out-of-reach']).toContain(seed.status);
    expect(seed.status === 'running').toBe(seed.experiment !== undefined && cards.has(seed.experiment));
    for (const { statement, source } of seed.figures) expect(statement && source).toMatch(/\S/);
    expect(seed.bibtex).toMatch(/^@\w+\{[\s\S]+title[\s\S]+author[\s\S]+year[\s\S]+\}$/);
  });
});

describe('released links', () => {
  it.each(releasedLinks)('%s still opens, and is written as it was', (search) => {
    const { link, problems } = decodeLink(cards, { search, hash: '' });
    expect(problems).toEqual([]);
    const card = cards.get(link?.experiment ?? '');
    if (!link || !card) throw new Error('the link names an experiment');
    expect(encodeLink(card, link).search).toBe(search);
  });

  it('the shortest link is the experiment as it comes', () => {
    for (const card of cards.values()) {
      const { link } = decodeLink(cards, { search: `?e=${card.id}`, hash: '' });
      expect(link).toEqual(defaultLink(card));
    }
  });
});
