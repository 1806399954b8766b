import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../../math/rng';
import { capacityTokens, routedBlocks } from '../../methods/routing/capacity';
import { createRouting } from '../../methods/routing/routing';
import { createVit, type BlockPolicy, type Vit } from '../../nn/vit';
import { isoFlopModel, vitFlops, type IsoFlopModel } from '../../nn/vit-flops';
import { numbersIn } from '../../spec/knob';
import type { RoutedVitSpec } from './knobs';

/** What the data decide of a model. */
export interface ImageShape {
  /** Patches of an image. */
  patches: number;
  /** Numbers in a patch: patch² × channels. */
  patchValues: number;
  classes: number;
}

/** The vision transformer of one variant, with its routing. */
export interface RoutedVit extends Vit {
  /**
   * How tokens take their way through the blocks; undefined where every block takes all.
   * @param step int32 `[1]`, see `Routing.policy`
   */
  policy(step: tf.Tensor1D, stream: 'training' | 'evaluation'): BlockPolicy | undefined;
  /** Tokens that each block works on. */
  tokensPerBlock: readonly number[];
  /** Multiply-accumulates of one image's forward pass. */
  flopsPerImage: number;
  /** The dense model closest in FLOPs to A-MoD in this setting. */
  isoFlop: IsoFlopModel;
}

/**
 * Builds the model of a setting. Parameters that two variants of a seed share start equal.
 * @param rng root of the seed's randomness
 */
export function createModel(spec: RoutedVitSpec, image: ImageShape, rng: Rng): RoutedVit {
  const { router, capacity, readout, width, mlpRatio, clsPolicy } = spec;
  const classToken = readout === 'class';
  const tokens = image.patches + (classToken ? 1 : 0);
  const cost = { ...image, tokens, width, mlpRatio };
  const routed = routedBlocks(spec.depth, spec.routedBlocks, numbersIn(spec.blockList));
  const amod = routed.map((isRouted) => (isRouted ? capacityTokens(capacity, tokens) : tokens));
  const isoFlop = isoFlopModel(cost, vitFlops({ ...cost, tokensPerBlock: amod }), spec.depth);
  const depth = router === 'isoflop' ? isoFlop.depth : spec.depth;
  const vit = createVit({ ...spec, ...image, depth }, rng.fork('init'));

  if (router === 'dense' || router === 'isoflop') {
    const tokensPerBlock = new Array<number>(depth).fill(tokens);
    const flopsPerImage = vitFlops({ ...cost, tokensPerBlock });
    return { ...vit, policy: () => undefined, tokensPerBlock, flopsPerImage, isoFlop };
  }
  const routing = createRouting(
    { router, capacity, tokens, routed, clsPolicy, classToken, width },
    vit.parameters,
    rng.fork('routing'),
  );
  const flopsPerImage = vitFlops({
    ...cost,
    tokensPerBlock: amod,
    routerFlops: routing.routerFlops(tokens),
  });
  return {
    ...vit,
    policy: (step, stream) => routing.policy(step, stream),
    tokensPerBlock: amod,
    flopsPerImage,
    isoFlop,
  };
}
