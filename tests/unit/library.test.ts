import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { families, papers } from '../../src/ui/library/all-papers';
import { folded, joinPapers } from '../../src/ui/library/papers';
import {
  EVERYTHING,
  readSelection,
  selected,
  selectionSearch,
  sorted,
  SORTS,
  STATUSES,
} from '../../src/ui/library/selection';
import { placeOf } from '../../src/ui/place';

const known = new Set(families.map(({ id }) => id));
const titles = (words: string) => selected(papers, { ...EVERYTHING, words }).map(({ title }) => title);

describe('an address', () => {
  test('says a selection and is read back the same', () => {
    const selection = fc.record({
      words: fc.string().map((text) => text.trim()),
      family: fc.constantFrom('', ...known),
      status: fc.constantFrom('' as const, ...STATUSES),
      sort: fc.constantFrom(...SORTS),
    });
    fc.assert(
      fc.property(selection, (one) => {
        expect(readSelection(selectionSearch(one), known)).toEqual(one);
        expect(placeOf(selectionSearch(one))).toBe('library');
      }),
    );
  });

  test('says only what is not usual, and what it cannot use counts as not said', () => {
    expect(selectionSearch(EVERYTHING)).toBe('?library');
    expect(selectionSearch({ ...EVERYTHING, words: '  mixup ' })).toBe('?library&q=mixup');
    expect(readSelection('?library&family=x&status=done&sort=size', known)).toEqual(EVERYTHING);
  });

  test('opens the home page, the library or an experiment', () => {
    expect(placeOf('')).toBe('home');
    expect(placeOf('?')).toBe('home');
    expect(placeOf('?library')).toBe('library');
    expect(placeOf('?e=tract&v=1')).toBe('experiment');
    expect(placeOf('?nonsense')).toBe('experiment'); // which says what is wrong
  });
});

describe('a search', () => {
  test('finds titles, authors and methods, whatever the case and the accents, all words of it', () => {
    expect(folded('KÖHLER')).toBe('kohler');
    expect(titles('kohler')).toEqual(['Analytical Uncertainty-Based Loss Weighting in Multi-Task Learning']);
    expect(titles('PETERSEN first')).toEqual(['TrAct: Making First-layer Pre-Activations Trainable']);
    expect(titles('petersen transformer')).toEqual([]);
    expect(titles('mixup').length).toBeGreaterThan(2);
    expect(titles('   ')).toHaveLength(papers.length);
  });

  test('goes together with the filters', () => {
    const selection = { ...EVERYTHING, family: 'collapse', status: 'planned' } as const;
    const found = selected(papers, selection);
    expect(found.length).toBeGreaterThan(5);
    for (const { family, status } of found) expect([family.id, status]).toEqual(['collapse', 'planned']);
    const sum = STATUSES.reduce((n, status) => n + selected(papers, { ...EVERYTHING, status }).length, 0);
    expect(sum).toBe(papers.length);
  });
});

describe('the order', () => {
  test('has what runs here first', () => {
    const statuses = sorted(papers, 'status').map(({ status }) => STATUSES.indexOf(status));
    expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
  });

  test('by year has the newest first and the unknown last', () => {
    const years = sorted(papers, 'year').map(({ year }) => year ?? -1);
    expect(years).toEqual(years.toSorted((a, b) => b - a));
    expect(years[0]).toBeGreaterThan(2020);
  });

  test('leaves no paper out', () => {
    for (const sort of SORTS) expect(new Set(sorted(papers, sort))).toEqual(new Set(papers));
  });
});

test('a paper without its family or its file is refused', () => {
  const paper = { id: 'x', title: 't', family: 'f', method: 'm', status: 'planned' } as const;
  expect(() => joinPapers([paper], [], [])).toThrow('x: no family "f"');
  expect(() => joinPapers([{ ...paper, seed: 's' }], [{ id: 'f', name: 'F' }], [])).toThrow('no file of "s"');
});
