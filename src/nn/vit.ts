import * as tf from '@tensorflow/tfjs-core';
import { tokenEmbedding } from '../kernels/token-embedding/token-embedding';
import type { Rng } from '../math/rng';
import type { FirstLayerOptions } from './first-layer';
import { createLayerNorm } from './layer-norm';
import { createFirstLinear, createLinear } from './linear';
import { Parameters, truncatedNormal, zeros } from './parameters';
import { createPatchNorm, type PatchNorm } from './patch-norm';
import {
  createVitBlock,
  type BlockAttention,
  type BlockOutput,
  type BlockShape,
  type VitBlock,
} from './vit-block';

/** What the head reads: the class token, or the mean of all tokens. */
export type Readout = 'class' | 'mean';

export interface VitShape extends BlockShape {
  /** Patches of an image; a class token comes on top. */
  patches: number;
  /** Numbers in a patch: patch² × channels. */
  patchValues: number;
  depth: number;
  classes: number;
  /** The class token where left out. With the mean there is no class token. */
  readout?: Readout;
  /** What is normalised around the patch embedding; nothing where left out. */
  patchNorm?: PatchNorm;
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
  /** Of the tokens in `indices` among themselves, k of them, where not every token attended. */
  attentionOfKept?: BlockAttention;
  /**
   * 1 for a token the block worked on, 0 for one it skipped: `[batch, tokens]`. Absent where it worked on all. Made when
   * it is read, while the tensors of the forward pass exist.
   */
  readonly kept?: tf.Tensor2D;
  /** Scores by which the tokens were chosen, `[batch, tokens]`. */
  scores?: tf.Tensor2D;
  /** The chosen tokens in order of position, int32 `[batch, k]`. */
  indices?: tf.Tensor2D;
}

export interface Vit {
  parameters: Parameters;
  /** Tokens per image, a class token included. */
  tokens: number;
  /**
   * `[batch, patches, patchValues]` → logits `[batch, classes]` and the intermediates of every block.
   * @param options.firstLayer how the patch embedding trains
   */
  forward(
    patches: tf.Tensor3D,
    policy?: BlockPolicy,
    options?: FirstLayerOptions,
  ): { logits: tf.Tensor2D; blocks: BlockTaps[] };
  /**
   * The rest of a forward pass, from the block `index` on, counted from 0.
   * @param z what comes to that block, `[batch, tokens, width]`, with any number of tokens, a class token first
   * @param previous what the block before gave, null for the first
   */
  continueFrom(
    index: number,
    z: tf.Tensor3D,
    previous: BlockTaps | null,
    policy?: BlockPolicy,
  ): { logits: tf.Tensor2D; blocks: BlockTaps[] };
}

const everyToken: BlockPolicy = (block, z): BlockOutput => block(z);

/**
 * Vision transformer classifier of Dosovitskiy et al. (ICLR 2021): patches are embedded linearly, a class token is put
 * before them, learned positions are added, `depth` pre-norm blocks follow, and the normalised class token is read out;
 * or, without a class token, the mean of all normalised tokens.
 */
export function createVit(shape: VitShape, rng: Rng): Vit {
  const { patches, patchValues, width, depth, classes, readout = 'class', patchNorm = 'none' } = shape;
  const parameters = new Parameters(rng);
  const tokens = patches + (readout === 'class' ? 1 : 0);
  const around = createPatchNorm(parameters, 'patchNorm', patchNorm, { patchValues, width });
  const embed = createFirstLinear(parameters, 'embed', patchValues, width);
  const classToken = readout === 'class' ? parameters.create('classToken', [1, 1, width], zeros) : null;
  const position = parameters.create('position', [1, tokens, width], truncatedNormal(0.02));
  const blocks = Array.from({ length: depth }, (_, index) =>
    createVitBlock(parameters, `block${index + 1}`, shape),
  );
  const norm = createLayerNorm(parameters, 'norm', width);
  // Small, so that training starts from nearly uniform predictions: a loss of about ln(classes).
  const head = createLinear(parameters, 'head', width, classes, truncatedNormal(0.02));

  const read = (z: tf.Tensor3D): tf.Tensor2D => {
    if (readout === 'mean') return head(tf.mean<tf.Tensor2D>(norm(z), 1));
    const [batch] = z.shape;
    // Only the class token is read out, so only it needs the norm.
    const first = norm(tf.slice(z, [0, 0, 0], [batch, 1, width]));
    return tf.reshape<tf.Rank.R2>(head(first), [batch, classes]);
  };

  const continueFrom: Vit['continueFrom'] = (from, tokensIn, before, policy = everyToken) => {
    let [z, previous] = [tokensIn, before];
    const taps: BlockTaps[] = [];
    for (const [offset, block] of blocks.slice(from).entries()) {
      const tap = policy(block, z, previous, from + offset);
      taps.push(tap);
      previous = tap;
      z = tap.z;
    }
    return { logits: read(z), blocks: taps };
  };

  return {
    parameters,
    tokens,
    forward(input, policy, options) {
      const embedded = around.after(embed(around.before(input), options));
      // [batch, tokens, width]
      const z = classToken
        ? tokenEmbedding(embedded, classToken, position)
        : tf.add<tf.Tensor3D>(embedded, position);
      return continueFrom(0, z, null, policy);
    },
    continueFrom,
  };
}
