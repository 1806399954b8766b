import type { Card } from '../run/card';

/**
 * Place of every variant in the palette: 0 is the baseline, 1 the method, then the card's other variants, then those
 * made on the page in the order given. A variant keeps its colour whatever else is compared.
 */
export function seriesNumbers(card: Card, alsoNamed: readonly string[]): ReadonlyMap<string, number> {
  const method = card.compare.find((name) => name !== card.baseline);
  const first = method === undefined ? [card.baseline] : [card.baseline, method];
  const names = new Set([...first, ...Object.keys(card.variants), ...alsoNamed]);
  return new Map([...names].map((name, number) => [name, number]));
}
