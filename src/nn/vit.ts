import * as tf from '@tensorflow/tfjs-core';
import { tokenEmbedding } from '../kernels/token-embedding/token-embedding';
import type { Rng } from '../math/rng';
import { createLayerNorm } from './layer-norm';
import { createLinear } from './linear';
import { Parameters, truncatedNormal, zeros } from './parameters';
import {
  createVitBlock,
  type BlockAttention,
  type BlockOutput,
  type BlockShape,
  type VitBlock,
} from './vit-block';

export interface VitShape extends BlockShape {
  /** Patches of an image; the class token comes on top. */
  patches: number;
  /** Numbers in a patch: patch² × channels. */
  patchValues: number;
  depth: number;
  classes: number;
}

/**
 * Carries the tokens through block `index`. `previous` is what the block before gave, null for the first. The default
 * applies the block to every token; routers apply it to some.
 */
export type BlockPolicy = (
  block: VitBlock,
  z: tf.Tensor3D,
  previous: BlockTaps | null,
  index: number,
) => BlockTaps;

/** Named intermediates of one block. */
export interface BlockTaps {
  z: tf.Tensor3D;
  /** Absent where not every token attended. */
  attention?: BlockAttention;
  /**
   * 1 for a token the block worked on, 0 for one it skipped: `[batch, tokens]`. Absent where it worked on all. Made when
   * it is read, while the tensors of the forward pass exist.
   */
  readonly kept?: tf.Tensor2D;
  /** Scores by which the tokens were chosen, `[batch, tokens]`. */
  scores?: tf.Tensor2D;
}

export interface Vit {
  parameters: Parameters;
  /** Tokens per image, the class token included. */
  tokens: number;
  /** `[batch, patches, patchValues]` → logits `[batch, classes]` and the intermediates of every block. */
  forward(patches: tf.Tensor3D, policy?: BlockPolicy): { logits: tf.Tensor2D; blocks: BlockTaps[] };
}

const everyToken: BlockPolicy = (block, z): BlockOutput => block(z);

/**
 * Vision transformer classifier of Dosovitskiy et al. (ICLR 2021): patches are embedded linearly, a class token is put
 * before them, learned positions are added, `depth` pre-norm blocks follow, and the normalised class token is read out.
 */
export function createVit(shape: VitShape, rng: Rng): Vit {
  const { patches, patchValues, width, depth, classes } = shape;
  const parameters = new Parameters(rng);
  const tokens = patches + 1;
  const embed = createLinear(parameters, 'embed', patchValues, width);
  const classToken = parameters.create('classToken', [1, 1, width], zeros);
  const position = parameters.create('position', [1, tokens, width], truncatedNormal(0.02));
  const blocks = Array.from({ length: depth }, (_, index) =>
    createVitBlock(parameters, `block${index + 1}`, shape),
  );
  const norm = createLayerNorm(parameters, 'norm', width);
  // Small, so that training starts from nearly uniform predictions: a loss of about ln(classes).
  const head = createLinear(parameters, 'head', width, classes, truncatedNormal(0.02));

  return {
    parameters,
    tokens,
    forward(input, policy = everyToken) {
      const [batch] = input.shape;
      let z = tokenEmbedding(embed(input), classToken, position); // [batch, tokens, width]
      const taps: BlockTaps[] = [];
      for (const [index, block] of blocks.entries()) {
        const tap = policy(block, z, taps.at(-1) ?? null, index);
        taps.push(tap);
        z = tap.z;
      }
      // Only the class token is read out, so only it needs the norm.
      const readout = norm(tf.slice(z, [0, 0, 0], [batch, 1, width]));
      return { logits: tf.reshape<tf.Rank.R2>(head(readout), [batch, classes]), blocks: taps };
    },
  };
}
