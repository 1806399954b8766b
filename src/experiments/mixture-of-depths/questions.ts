import type { Correlation } from '../../math/correlation';
import type { RoutingArrays } from './routing-snapshot';

export type { Correlation };

/** What the model of a run can be asked. */
export type Question =
  /** How it routes and classifies one image of the reader's own: bytes, `[height, width, channels]`. */
  | { kind: 'classify'; pixels: Uint8Array }
  /** How much each token of the first `images` test images matters: leave-one-out, section 4.4 of the paper. */
  | { kind: 'importance'; images: number };

export interface Classified {
  kind: 'classify';
  /** Training steps of the model that answered. */
  step: number;
  /** As in a routing snapshot, of one image. Empty arrays where the model routes nothing. */
  routing: Omit<RoutingArrays, 'keptShare'>;
}

/** Routing score against importance at one block. */
export interface BlockImportance {
  /** Counted from 1. */
  block: number;
  /** Routing score of each token of each image, class token left out. */
  scores: Float32Array;
  /** Change of the image's loss when that token is removed from this block on, in nats: loss without − loss with. */
  importance: Float32Array;
  pearson: Correlation;
  spearman: Correlation;
  /** The same with the absolute change. */
  pearsonAbsolute: Correlation;
  spearmanAbsolute: Correlation;
}

export interface Importance {
  kind: 'importance';
  /** Training steps of the model that answered. */
  step: number;
  images: number;
  blocks: readonly BlockImportance[];
}

export type Answer = Classified | Importance;
