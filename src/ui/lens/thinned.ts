/** Places of at most `most` of `length` entries, evenly spread, for drawings that more marks would only blacken. */
export function thinned(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}
