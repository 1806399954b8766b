/** What an address opens: the library, an experiment, or, where it asks for nothing, the home page. */
export type Place = 'home' | 'library' | 'experiment';

/** An address that is neither the library's nor empty is read as an experiment's, which says what is wrong with it. */
export function placeOf(search: string): Place {
  const query = new URLSearchParams(search);
  if (query.has('library')) return 'library';
  return query.size === 0 ? 'home' : 'experiment';
}
