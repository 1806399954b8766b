import type { CataloguePaper, Family } from '../../run/catalogue';
import type { Seed } from '../../run/seed';

/** A paper as the library lists it. */
export interface Paper {
  id: string;
  title: string;
  authors: readonly string[];
  year: number | null;
  venue: string;
  /** Where it is, or, where that is not known, a search for its title. */
  url: string;
  known: boolean;
  family: Family;
  method: string;
  status: Seed['status'];
  form: CataloguePaper['form'];
  why: string;
  /** Its experiment's id. */
  experiment: string | null;
  /** All that it is found by, folded. */
  text: string;
}

/** Lower case without accents: `Köhler` is found by `kohler`. */
export const folded = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

const searchFor = (title: string): string =>
  `https://arxiv.org/search/?${new URLSearchParams({ query: title, searchtype: 'title' }).toString()}`;

/**
 * Catalogue, families and the papers' own files, joined.
 * @throws Error naming the paper whose family or file there is not.
 */
export function joinPapers(
  catalogue: readonly CataloguePaper[],
  families: readonly Family[],
  seeds: readonly Seed[],
): Paper[] {
  return catalogue.map((entry) => {
    const family = families.find(({ id }) => id === entry.family);
    if (!family) throw new Error(`${entry.id}: no family "${entry.family}"`);
    const seed = seeds.find(({ id }) => id === entry.seed);
    if (entry.seed !== undefined && !seed) throw new Error(`${entry.id}: no file of "${entry.seed}"`);
    const { title, authors, url } = seed ?? { title: entry.title, authors: [], url: searchFor(entry.title) };
    const why = entry.why ?? '';
    return {
      ...{ id: entry.id, title, authors, url, family, why },
      year: seed?.year ?? entry.year ?? null,
      venue: seed?.venue ?? '',
      known: seed !== undefined,
      method: entry.method,
      status: entry.status,
      form: entry.form,
      experiment: seed?.experiment ?? null,
      text: folded([title, ...authors, seed?.venue ?? '', entry.method, family.name, why].join(' ')),
    };
  });
}
