/** Sizes that decide the cost of a vision transformer's forward pass. */
export interface VitCost {
  /** Tokens per image, a class token included. */
  tokens: number;
  /** Patches per image, each embedded; tokens − 1 where left out, the other one being a class token. */
  patches?: number;
  /** Numbers in a patch: patch² × channels. */
  patchValues: number;
  width: number;
  mlpRatio: number;
  classes: number;
  /** Tokens that each block works on; its length is the depth. */
  tokensPerBlock: readonly number[];
  /** Of learned scores in all blocks: N·d per routed block of Mixture-of-Depths; 0 where left out. */
  routerFlops?: number;
}

/**
 * Multiply-accumulates of a block on n tokens of width d with MLP ratio m, as fvcore-style counters count them:
 * (4 + 2m)·n·d² for the projections and the MLP, 2·n²·d for QKᵀ and AV, 5·n·d for each of two layer norms.
 */
export function blockFlops(n: number, d: number, m: number): number {
  return (4 + 2 * m) * n * d ** 2 + 2 * n ** 2 * d + 10 * n * d;
}

/**
 * Multiply-accumulates ("FLOPs" as the A-MoD paper counts them, tables 1 and 5) of one image's forward pass, for P patches
 * of p numbers, N tokens of width d and K classes:
 *
 *     P·p·d                 patch embedding
 *     Σ blockFlops          blocks, each on the tokens it works on
 *     5·N·d + d·K           final layer norm and head; a mean over the tokens is not counted
 *     routerFlops           learned scores, N·d per block that has them
 *
 * The last is less than 4 in 10,000 for the paper's models, yet visible: at 50 % it prints 13.105 for ViT-B with
 * Mixture-of-Depths and 13.104 with A-MoD. Choosing, and scoring by what is there already, count as nothing.
 */
export function vitFlops({
  tokens,
  patches = tokens - 1,
  patchValues,
  width,
  mlpRatio,
  classes,
  tokensPerBlock,
  routerFlops = 0,
}: VitCost): number {
  const blocks = tokensPerBlock.reduce((sum, n) => sum + blockFlops(n, width, mlpRatio), 0);
  return patches * patchValues * width + blocks + 5 * tokens * width + width * classes + routerFlops;
}

/** A dense model of other depth, compared in cost. */
export interface IsoFlopModel {
  depth: number;
  flopsPerImage: number;
  /** How far its cost is from the wanted one, as a fraction of that; negative where it costs less. */
  mismatch: number;
}

/**
 * The dense model of `shape` whose depth, from 1 to `deepest`, brings its cost closest to `flopsPerImage`; the shallower
 * one where two are equally close. Gadhikar et al. (2024, section 4.1) compare with such models.
 */
export function isoFlopModel(
  shape: Omit<VitCost, 'tokensPerBlock' | 'routerFlops'>,
  flopsPerImage: number,
  deepest: number,
): IsoFlopModel {
  const models = Array.from({ length: deepest }, (_, i): IsoFlopModel => {
    const depth = i + 1;
    const tokensPerBlock = new Array<number>(depth).fill(shape.tokens);
    const flops = vitFlops({ ...shape, tokensPerBlock, routerFlops: 0 });
    return { depth, flopsPerImage: flops, mismatch: flops / flopsPerImage - 1 };
  });
  return models.reduce((best, model) => (Math.abs(model.mismatch) < Math.abs(best.mismatch) ? model : best));
}
