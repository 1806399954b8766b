import type { Listing } from '../run/listing';

const modules = import.meta.glob<Listing>('./*/listing.json', { eager: true, import: 'default' });

/** What the home page says of every experiment, without its card. */
export const listings: readonly Listing[] = Object.values(modules);
