import type * as tf from '@tensorflow/tfjs-core';
import { createDeviceRng } from '../../kernels/random/device-rng';
import { selectTokens } from '../../kernels/token-routing/select-tokens';
import type { Rng } from '../../math/rng';
import type { Parameters } from '../../nn/parameters';
import type { BlockPolicy } from '../../nn/vit';
import { capacityTokens, hasAttentionBefore } from './capacity';
import { gateOf, type Gate } from './gate';
import { keptTokens, routeTokens } from './route-tokens';
import { attentionReceivedScorer } from './routers/amod';
import { classAttentionScorer } from './routers/cls-attention';
import { linearScorer } from './routers/linear';
import { randomScorer } from './routers/random';
import { tokenNormScorer } from './routers/token-norm';
import { throwNoAttention, type Scorer } from './scorer';

/** A way to choose the tokens of a routed block and to add what it makes of them. */
interface Router {
  scorer: Scorer;
  gate: Gate;
}

/** Every router. A new one is a scorer in a file of its own and a line here. */
const routers = {
  /** Attention received in the block before, updates as they are: Gadhikar et al. 2024, equations 4 and 5. */
  amod: { scorer: attentionReceivedScorer, gate: 'none' },
  /** The same with updates multiplied by the score, which the paper tried and found worse (appendix A.5). */
  'amod-gated': { scorer: attentionReceivedScorer, gate: 'score' },
  /** Mixture-of-Depths: a learned score, updates multiplied by it; equations 1 and 2. */
  linear: { scorer: linearScorer, gate: 'score' },
  /** The same with updates multiplied by the logistic function of the score, as many implementations do. */
  'linear-sigmoid': { scorer: linearScorer, gate: 'sigmoid' },
  random: { scorer: randomScorer, gate: 'none' },
  'cls-attention': { scorer: classAttentionScorer, gate: 'none' },
  'token-norm': { scorer: tokenNormScorer, gate: 'none' },
} as const satisfies Record<string, Router>;

export type RouterName = keyof typeof routers;

/** Every router by name. */
export const routerNames = Object.keys(routers) as RouterName[];

export interface RoutingSettings {
  router: RouterName;
  /** C, the share of tokens that a routed block works on, in (0, 1]. */
  capacity: number;
  /**
   * N, of which the capacity is a share. A pass with fewer tokens, as when one is left out, then still works on as many, at
   * most all of them. Where it is left out, N is the tokens that come to the block.
   */
  tokens?: number;
  /** Whether each block is routed, first to last. */
  routed: readonly boolean[];
  /**
   * Whether the class token competes by its score, as in the paper, or takes one of the k places whatever its score.
   * Without a class token it means nothing.
   */
  clsPolicy: 'compete' | 'force';
  /** Whether the first token is a class token. */
  classToken: boolean;
  /** Features of a token. */
  width: number;
}

/** How a model's tokens take their way through its blocks. */
export interface Routing {
  /**
   * The policy of one forward pass, for `Vit.forward`.
   * @param step int32 `[1]`: random routers draw anew for every step and alike for the same. A captured step makes it one of
   * its inputs; an evaluation in several batches gives each a number of its own.
   * @param stream draws for evaluating are others than those for training
   */
  policy(step: tf.Tensor1D, stream: 'training' | 'evaluation'): BlockPolicy;
  /** Tokens that each block works on, of `tokens` in all. */
  tokensPerBlock(tokens: number): number[];
  /** Multiply-accumulates of all learned scores in one image's forward pass: N·d per routed block, 0 for other routers. */
  routerFlops(tokens: number): number;
}

/**
 * Creates a model's routing. The linear routers add one vector per routed block, `block2.router.weight` and so on, to
 * the parameters, so this comes before the optimizer; the others add nothing.
 * @param rng stream of random routers
 * @throws Error when block 1 is routed by attention, or tokens are scored by the class token's attention without one.
 */
export function createRouting(
  { router, capacity, tokens: whole, routed, clsPolicy, classToken, width }: RoutingSettings,
  parameters: Parameters,
  rng: Rng,
): Routing {
  const { scorer, gate }: Router = routers[router];
  if (scorer.readsAttention && !hasAttentionBefore(routed)) throwNoAttention('block1');
  if (scorer.needsClassToken && !classToken)
    throw new Error(`The router ${router} needs a class token, and the model has none`);
  const before = parameters.list().length;
  const scores = routed.map((isRouted, index) =>
    isRouted ? scorer.forBlock({ name: `block${index + 1}`, width, parameters }) : null,
  );
  const learned = parameters.list().length - before;

  return {
    policy(step, stream) {
      const random = createDeviceRng(rng.fork(stream), step);
      return (block, z, previous, index) => {
        const score = scores[index];
        if (!score) return block(z);
        const tokens = z.shape[1];
        const r = score({ z, previous, random });
        const k = Math.min(tokens, capacityTokens(capacity, whole ?? tokens));
        const indices = selectTokens(r, k, {
          alwaysFirst: classToken && clsPolicy === 'force',
        });
        return {
          ...routeTokens(block, z, indices, gateOf(gate, r, indices)),
          scores: r,
          indices,
          get kept() {
            return keptTokens(indices, tokens);
          },
        };
      };
    },
    tokensPerBlock: (tokens) =>
      routed.map((isRouted) => (isRouted ? capacityTokens(capacity, tokens) : tokens)),
    routerFlops: (tokens) => learned * tokens * width,
  };
}
