import { placeOf, type PatchGrid } from '../../../ui/lens/patch-grid';
import type { BlockRouting } from './image-routing';

const MINUS = '\u2212';
const TIMES = '\u00d7';
const NBSP = '\u00a0';

/** Routers whose scores are shares of attention: they sum to 1 over the tokens, so that their mean is one over their number. */
const SHARES_OF_ATTENTION = ['amod', 'amod-gated', 'cls-attention'];

export const scoresAreShares = (router: unknown): boolean =>
  typeof router === 'string' && SHARES_OF_ATTENTION.includes(router);

/** A router that has no scores and skips nothing. */
export const routesNothing = (router: unknown): boolean => router === 'dense' || router === 'isoflop';

/** Three significant digits, all of them written: `0.0210`, `1230`, `1.50e−7`. */
export function scoreText(score: number): string {
  const size = Math.abs(score);
  const rounded = Number(score.toPrecision(3));
  if ((size !== 0 && size < 1e-4) || size >= 1e6) return score.toExponential(2).replaceAll('-', MINUS);
  return (size >= 100 ? String(rounded) : rounded.toPrecision(3)).replace('-', MINUS);
}

/** A token's place: `row 2, column 3`, or `class token`. */
export function tokenPlace(grid: PatchGrid, classToken: boolean, token: number): string {
  if (classToken && token === 0) return 'class token';
  const { row, column } = placeOf(grid, token - (classToken ? 1 : 0));
  return `row ${row}, column ${column}`;
}

/** What happened to a token at a block, in short lines; a share of attention is set beside the mean of all. */
export function tokenLines(routing: BlockRouting, token: number, shares: boolean): string[] {
  const tokens = routing.scores.length;
  const score = routing.scores[token] ?? NaN;
  return [
    `${routing.kept[token] ? 'Kept' : 'Skipped'}, rank ${routing.ranks[token] ?? 0} of ${tokens}`,
    `Score ${scoreText(score)}`,
    ...(shares ? [`${(score * tokens).toFixed(2)}${NBSP}${TIMES} the mean`] : []),
  ];
}

/** A share of images, one decimal always: `83.4 %`. */
export const imagesShare = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)}${NBSP}%` : 'an unknown share';
