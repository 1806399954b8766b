/**
 * Tokens a routed block works on: k = max(1, floor(C·N)). With the paper's 197 tokens it reproduces every FLOP figure
 * it prints (Gadhikar et al. 2024, tables 1 and 5). It depends on N and C alone, never on data.
 * @param capacity C, in (0, 1]
 * @param tokens N, the class token included
 */
export function capacityTokens(capacity: number, tokens: number): number {
  return Math.max(1, Math.floor(capacity * tokens));
}

/** Blocks 2, 4, 6 … are routed; `index` counts from 0. Each follows a dense block, so every token has a score. */
export const isRouted = (index: number): boolean => index % 2 === 1;

/** Tokens that each of `depth` blocks works on, for `vitFlops`. */
export function tokensPerBlock(depth: number, tokens: number, capacity: number): number[] {
  return Array.from({ length: depth }, (_, index) =>
    isRouted(index) ? capacityTokens(capacity, tokens) : tokens,
  );
}
