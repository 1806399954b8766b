import type { Seed } from '../../run/seed';
import { folded, type Paper } from './papers';

export const STATUSES = ['running', 'planned', 'out-of-reach'] as const satisfies readonly Seed['status'][];
export const SORTS = ['status', 'title', 'year', 'family'] as const;
export type Sort = (typeof SORTS)[number];

/** Which papers are listed, and how. An empty family or status leaves none out. */
export interface Selection {
  words: string;
  family: string;
  status: Seed['status'] | '';
  sort: Sort;
}

export const EVERYTHING: Selection = { words: '', family: '', status: '', sort: 'status' };

/** The selection that an address says; what it cannot use counts as not said. */
export function readSelection(search: string, families: ReadonlySet<string>): Selection {
  const query = new URLSearchParams(search);
  const family = query.get('family') ?? '';
  return {
    words: query.get('q') ?? '',
    family: families.has(family) ? family : '',
    status: STATUSES.find((known) => known === query.get('status')) ?? '',
    sort: SORTS.find((known) => known === query.get('sort')) ?? 'status',
  };
}

/** A selection as an address says it: only what is not usual. */
export function selectionSearch({ words, family, status, sort }: Selection): string {
  const query = new URLSearchParams();
  if (words.trim() !== '') query.set('q', words.trim());
  if (family !== '') query.set('family', family);
  if (status !== '') query.set('status', status);
  if (sort !== 'status') query.set('sort', sort);
  return query.size === 0 ? '?library' : `?library&${query.toString()}`;
}

const { compare } = new Intl.Collator('en');
const byTitle = (a: Paper, b: Paper): number => compare(a.title, b.title);

const ORDER: Readonly<Record<Sort, (a: Paper, b: Paper) => number>> = {
  status: (a, b) => STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status),
  title: byTitle,
  /** The newest first, those of unknown year last. */
  year: (a, b) => (b.year ?? -1) - (a.year ?? -1),
  family: (a, b) => compare(a.family.name, b.family.name),
};

/** Whether a paper has every word, wherever it stands. */
const hasWords = (paper: Paper, words: string): boolean =>
  folded(words)
    .split(/\s+/)
    .every((word) => paper.text.includes(word));

/** All papers in an order; equals by title. */
export const sorted = (papers: readonly Paper[], sort: Sort): Paper[] =>
  papers.toSorted((a, b) => ORDER[sort](a, b) || byTitle(a, b));

/** The papers of a selection, in the order in which they are given. */
export const selected = (
  papers: readonly Paper[],
  { words, family, status }: Omit<Selection, 'sort'>,
): Paper[] =>
  papers.filter(
    (paper) =>
      (family === '' || paper.family.id === family) &&
      (status === '' || paper.status === status) &&
      hasWords(paper, words),
  );
