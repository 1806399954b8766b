import type * as tf from '@tensorflow/tfjs-core';
import type { DeviceRng } from '../../kernels/random/device-rng';
import type { Parameters } from '../../nn/parameters';
import type { BlockTaps } from '../../nn/vit';

/** What tokens may be scored by. */
export interface ScoreContext {
  /** The tokens that come to the routed block, `[batch, tokens, width]`. */
  z: tf.Tensor3D;
  /** What the block before gave; null before the first block. */
  previous: BlockTaps | null;
  /** Random numbers of this pass. */
  random: DeviceRng;
}

/** Scores the tokens that come to a routed block: `[batch, tokens]`; those with the highest are selected. */
export type Score = (context: ScoreContext) => tf.Tensor2D;

/** A routed block, as its router is made for it. */
export interface RoutedBlock {
  /** Of the block among the model's parameters, for example `block2`. */
  name: string;
  /** Features of a token. */
  width: number;
  /** Where a router that learns creates what it learns. */
  parameters: Parameters;
}

/** A rule by which tokens are scored. */
export interface Scorer {
  /** Scores come from the attention of earlier blocks, so that the first block has none. */
  readonly readsAttention: boolean;
  /** Scores are about the class token. */
  readonly needsClassToken: boolean;
  /** Makes the rule for one block. */
  forBlock(block: RoutedBlock): Score;
}

/** @throws Error which says that a block has no attention to be routed by. */
export function throwNoAttention(block: string): never {
  throw new Error(`${block} cannot be routed by attention: no block before it has attended`);
}
