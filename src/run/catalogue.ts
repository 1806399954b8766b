import type { Seed } from './seed';

/** A field that papers of the library are sorted into. */
export interface Family {
  id: string;
  name: string;
}

/**
 * A paper of `seeds/catalogue/papers.json`: facts, and its method in a line of ours. One that has an experiment names its own
 * file in `seeds/`, which says the rest.
 */
export interface CataloguePaper {
  /** Number of the list it came from, and its place there; a name for one that came otherwise. */
  id: string;
  title: string;
  /** Of its first posting, where known. */
  year?: number;
  family: string;
  method: string;
  status: Seed['status'];
  /** How much of it fits a browser: the method and its main claim, a reduced form, or a measurement beside another method. */
  form?: 'whole' | 'reduced' | 'instrument';
  /** What puts it out of reach. */
  why?: string;
  /** Id of its own file in `seeds/`. */
  seed?: string;
}
