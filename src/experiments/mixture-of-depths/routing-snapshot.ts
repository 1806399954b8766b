import type { NumberArray } from '../../run/snapshot';

/** Name of the snapshot with the pictured test images; given once, before the first step. */
export const IMAGES = 'images';
/** Name of the snapshots of the routing; given at every evaluation. */
export const ROUTING = 'routing';

/** The test images that the routing snapshots picture. */
export interface ImagesArrays {
  /** Bytes, `[images, height, width, channels]`. */
  pixels: NumberArray;
  /** Class index, `[images]`. */
  labels: NumberArray;
}

/** How routed blocks chose their tokens for the pictured images, and over the whole test split. */
export interface RoutingArrays {
  /** Number of each routed block, counted from 1, `[routed]`. */
  blocks: NumberArray;
  /** 1 for a token the block worked on, 0 for one it skipped, `[images, routed, tokens]`. */
  kept: NumberArray;
  /** Scores by which they were chosen, `[images, routed, tokens]`. */
  scores: NumberArray;
  /** Of each class, `[images, classes]`. */
  probabilities: NumberArray;
  /** Share of the test images for which the block kept the token at that position, `[routed, tokens]`. */
  keptShare: NumberArray;
}
