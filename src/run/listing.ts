import type { Card, MetricInfo } from './card';

/**
 * What the home page says of an experiment, so that it need not load the card: knobs, presets and figures make that a
 * hundred times as large. `npm run lab -- list --write` writes it as `listing.json` beside the card.
 */
export interface Listing {
  id: string;
  title: string;
  summary: string;
  unfinished?: string;
  paper: { title: string; authors: readonly string[]; year: number };
  baseline: string;
  /** The card's comparison; the first is the method. */
  compare: readonly string[];
  /** The large chart's metric. */
  hero: Pick<MetricInfo, 'label'>;
}

/** A card's listing. */
export function listingOf(card: Card): Listing {
  const { id, title, summary, unfinished, baseline, compare, seed } = card;
  const info = card.metrics[card.hero];
  if (!info) throw new Error(`Card ${id}: no metric "${card.hero}"`);
  return {
    ...{ id, title, summary },
    ...(unfinished !== undefined && { unfinished }),
    paper: { title: seed.title, authors: seed.authors, year: seed.year },
    ...{ baseline, compare },
    hero: { label: info.label },
  };
}
