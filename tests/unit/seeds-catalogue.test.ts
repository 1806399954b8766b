import { describe, expect, test } from 'vitest';
import families from '../../seeds/catalogue/families.json';
import papersFile from '../../seeds/catalogue/papers.json';
import { cards } from '../../src/experiments/cards';
import { listings } from '../../src/experiments/listings';
import type { CataloguePaper } from '../../src/run/catalogue';
import { listingOf } from '../../src/run/listing';
import type { Seed } from '../../src/run/seed';
import { papers } from '../../src/ui/library/all-papers';

const seeds = import.meta.glob<Seed>('../../seeds/*.json', { eager: true, import: 'default' });
const catalogue = papersFile as readonly CataloguePaper[];
const known = new Set(families.map(({ id }) => id));
const FACTS = ['id', 'title', 'year', 'family', 'method', 'status', 'form', 'why', 'seed'];
const thisYear = new Date().getFullYear();

describe('the catalogue', () => {
  test('has the 404 papers of the project’s list, each once, and those beyond it that run', () => {
    expect(catalogue.filter(({ id }) => /^\d\.\d{3}$/.test(id))).toHaveLength(404);
    expect(catalogue.filter(({ id, seed }) => !/^\d\.\d{3}$/.test(id) && seed === undefined)).toEqual([]);
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length);
    expect(new Set(catalogue.map(({ title }) => title.toLowerCase())).size).toBe(catalogue.length);
  });

  test('has families that are used, each once', () => {
    expect(known.size).toBe(families.length);
    for (const { id, name } of families) {
      expect(name).toMatch(/\S/);
      expect(
        catalogue.some(({ family }) => family === id),
        id,
      ).toBe(true);
    }
  });

  test.each(catalogue)('$id: $title', (paper) => {
    expect(FACTS).toEqual(expect.arrayContaining(Object.keys(paper)));
    expect(paper.title.trim()).toBe(paper.title);
    expect(known).toContain(paper.family);
    // A line of ours, no abstract.
    expect(paper.method.length).toBeGreaterThan(8);
    expect(paper.method.length).toBeLessThan(200);
    expect(['running', 'planned', 'out-of-reach']).toContain(paper.status);
    expect(paper.why === undefined).toBe(paper.status !== 'out-of-reach');
    expect(paper.form === undefined).toBe(paper.status === 'out-of-reach');
    expect(paper.status === 'running').toBe(paper.seed !== undefined);
    if (paper.year !== undefined) {
      expect(paper.year).toBeGreaterThan(1950);
      expect(paper.year).toBeLessThanOrEqual(thisYear);
    }
  });

  test('names every paper that has its own file, as that has it', () => {
    for (const seed of Object.values(seeds)) {
      const entry = catalogue.find((paper) => paper.seed === seed.id);
      expect(entry, seed.id).toMatchObject({ title: seed.title, status: seed.status });
      expect(entry?.year).toBeUndefined(); // its own file says it
    }
  });
});

describe('the library', () => {
  test('leads to https only', () => {
    for (const { url } of papers) expect(new URL(url).protocol).toBe('https:');
  });

  test('leads from a paper to its experiment, and has one for each', () => {
    const led = papers.flatMap(({ experiment }) => experiment ?? []);
    expect(led.toSorted()).toEqual([...cards.keys()].toSorted());
  });
});

describe('the home page’s listings', () => {
  // Where this fails, `npm run lab -- list --write` brings them up to the cards.
  test.each([...cards])('%s', (id, card) => {
    expect(listings.find((listing) => listing.id === id)).toEqual(listingOf(card));
  });

  test('are of nothing else', () => {
    expect(listings).toHaveLength(cards.size);
  });
});
