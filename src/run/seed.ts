/** A paper as data; one JSON file each under `seeds/`. The library and every card draw on it. */
export interface Seed {
  id: string;
  title: string;
  authors: readonly string[];
  year: number;
  venue: string;
  arxiv?: string;
  doi?: string;
  url: string;
  /** The paper's central statement, in our words. */
  claim: string;
  /** Figures the paper prints, each with its place in the paper. */
  figures: readonly { statement: string; source: string }[];
  method: string;
  protocol: string;
  status: 'running' | 'planned' | 'out-of-reach';
  /** Folder under `src/experiments`, where there is one. */
  experiment?: string;
  bibtex: string;
}
