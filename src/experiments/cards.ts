import type { Card } from '../run/card';

const modules = import.meta.glob<{ default: Card }>('./*/card.ts', { eager: true });

/** Every experiment's card by its id. Adding a folder is enough to be listed here. */
export const cards: ReadonlyMap<string, Card> = new Map(
  Object.values(modules).map(({ default: card }) => [card.id, card]),
);
