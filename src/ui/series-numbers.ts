import type { Card } from '../run/card';
import { derivationOf } from './variant-name';

/**
 * Place of every variant in the palette: 0 is the baseline, 1 the method, then the card's other variants, then those
 * made on the page in the order given. What a sweep makes of a variant has that variant's place. A variant keeps its
 * colour whatever else is compared.
 */
export function seriesNumbers(card: Card, alsoNamed: readonly string[]): ReadonlyMap<string, number> {
  const method = card.compare.find((name) => name !== card.baseline);
  const first = method === undefined ? [card.baseline] : [card.baseline, method];
  const names = new Set([...first, ...Object.keys(card.variants)]);
  const swept = new Map<string, string>();
  for (const name of alsoNamed) {
    const { base, sweep } = derivationOf(card, name);
    if (base !== null && sweep) swept.set(name, base);
    else names.add(name);
  }
  const numbers = new Map([...names].map((name, number) => [name, number]));
  for (const [name, base] of swept) numbers.set(name, numbers.get(base) ?? 0);
  return numbers;
}
