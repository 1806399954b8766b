import type { NumberArray, Snapshot } from '../../../run/snapshot';
import type { LabRun } from '../../../ui/lab-run.svelte';
import { ROUTING, type ImagesArrays, type RoutingArrays } from '../routing-snapshot';

/** What one routed block did with the tokens of one image. */
export interface BlockRouting {
  /** Counted from 1. */
  block: number;
  /** For each token. */
  kept: readonly boolean[];
  /** For each token: the larger, the sooner it is kept. */
  scores: readonly number[];
  /** Place of each token by its score, 1 for the highest; of equal scores the earlier token comes first. */
  ranks: readonly number[];
}

/** How a model routed and classified one image. */
export interface ImageRouting {
  blocks: readonly BlockRouting[];
  /** Of each class; empty where it is not known. */
  probabilities: readonly number[];
}

/** Whether a run has told pictures of its routing. */
export const isPictured = ({ snapshots }: Pick<LabRun, 'snapshots'>): boolean =>
  snapshots.of(ROUTING).length > 0;

/** The pictured images of a snapshot; null where it holds something else. */
export function imagesIn({ arrays: { pixels, labels } }: Snapshot): ImagesArrays | null {
  return pixels && labels ? { pixels, labels } : null;
}

/** The routing of a snapshot; null where it holds something else. */
export function routingIn({ arrays }: Snapshot): RoutingArrays | null {
  const { blocks, kept, scores, probabilities, keptShare } = arrays;
  return blocks && kept && scores && probabilities && keptShare
    ? { blocks, kept, scores, probabilities, keptShare }
    : null;
}

const row = ({ values }: NumberArray, index: number, length: number): number[] =>
  Array.from({ length }, (_, i) => values[index * length + i] ?? NaN);

/** What the routed blocks did with image number `image`. */
export function routingOfImage(arrays: Omit<RoutingArrays, 'keptShare'>, image: number): ImageRouting {
  const routed = arrays.blocks.values.length;
  const tokens = arrays.scores.shape[2] ?? 0;
  const blocks = Array.from({ length: routed }, (_, i): BlockRouting => {
    const scores = row(arrays.scores, image * routed + i, tokens);
    return {
      block: arrays.blocks.values[i] ?? 0,
      kept: row(arrays.kept, image * routed + i, tokens).map((value) => value === 1),
      scores,
      ranks: ranksOf(scores),
    };
  });
  return { blocks, probabilities: row(arrays.probabilities, image, arrays.probabilities.shape[1] ?? 0) };
}

/** Ranks from 1 for the greatest; of equal values the earlier comes first, as the routers choose. */
export function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  const ranks = new Array<number>(values.length).fill(0);
  for (const [place, i] of order.entries()) ranks[i] = place + 1;
  return ranks;
}

/** Share of the test images for which each routed block kept each token. */
export function keptShares({ blocks, keptShare }: RoutingArrays): { block: number; shares: number[] }[] {
  const tokens = keptShare.shape[1] ?? 0;
  return Array.from(blocks.values, (block, i) => ({ block, shares: row(keptShare, i, tokens) }));
}

export interface RankedClass {
  label: number;
  probability: number;
}

/** The most probable classes, the likeliest first. */
export const likeliest = (probabilities: readonly number[], count: number): RankedClass[] =>
  probabilities
    .map((probability, label) => ({ label, probability }))
    .sort((a, b) => b.probability - a.probability || a.label - b.label)
    .slice(0, count);
