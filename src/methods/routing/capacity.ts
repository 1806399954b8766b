/**
 * Tokens a routed block works on: k = max(1, floor(C·N)). With the paper's 197 tokens it reproduces every FLOP figure
 * it prints (Gadhikar et al. 2024, tables 1 and 5). It depends on N and C alone, never on data.
 * @param capacity C, in (0, 1]
 * @param tokens N, the class token included
 */
export function capacityTokens(capacity: number, tokens: number): number {
  return Math.max(1, Math.floor(capacity * tokens));
}

/**
 * Which blocks are routed: `alternate`: blocks 2, 4, 6 …, as the paper does, so that each follows a dense one (section
 * 4.1); `late`: of those, the ones after the first third, rounded up, which of 12 are 6, 8, 10 and 12 (section 4.5);
 * `list`: the ones named.
 */
export type RoutedPattern = 'alternate' | 'late' | 'list';

/**
 * Whether each of `depth` blocks is routed, first to last.
 * @param list numbers of the routed blocks, counted from 1; read for the pattern `list` only
 * @throws RangeError when the list names something else than a block.
 */
export function routedBlocks(depth: number, pattern: RoutedPattern, list: readonly number[] = []): boolean[] {
  const numbers = Array.from({ length: depth }, (_, index) => index + 1);
  if (pattern === 'list') {
    const wrong = list.find((number) => !numbers.includes(number));
    if (wrong !== undefined) throw new RangeError(`there is no block ${wrong} among ${depth}`);
    return numbers.map((number) => list.includes(number));
  }
  const dense = pattern === 'late' ? Math.ceil(depth / 3) : 0;
  return numbers.map((number) => number % 2 === 0 && number > dense);
}

/**
 * Whether there is attention to score tokens by at the first routed block, as every router that reads attention needs: it
 * is there unless that block is the first of all. Later ones inherit it, see `BlockTaps.attentionOfKept`.
 */
export const hasAttentionBefore = (routed: readonly boolean[]): boolean => routed[0] !== true;
