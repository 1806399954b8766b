import familiesFile from '../../../seeds/catalogue/families.json';
import papersFile from '../../../seeds/catalogue/papers.json';
import type { CataloguePaper, Family } from '../../run/catalogue';
import type { Seed } from '../../run/seed';
import { joinPapers, type Paper } from './papers';

const seeds = import.meta.glob<Seed>('../../../seeds/*.json', { eager: true, import: 'default' });

/** What papers are sorted into, in the order in which it is shown. */
export const families: readonly Family[] = familiesFile;

/** Every paper of the library. */
export const papers: readonly Paper[] = joinPapers(
  papersFile as readonly CataloguePaper[],
  families,
  Object.values(seeds),
);
