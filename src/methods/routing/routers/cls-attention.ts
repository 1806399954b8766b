import { throwNoAttention, type Scorer } from '../scorer';

/**
 * A control, not in the paper: the attention that the class token paid to each token in the block before,
 * rᵢ = 1/H Σ_h A_h[0, i], as EViT ranks tokens (Liang et al., ICLR 2022). After a block that was routed itself, whose map
 * need not have the class token's row, the scores of the last dense block still stand. No gradient flows through it.
 */
export const classAttentionScorer: Scorer = {
  readsAttention: true,
  needsClassToken: true,
  forBlock:
    ({ name }) =>
    ({ previous }) =>
      previous?.attention?.ofClassToken() ?? previous?.scores ?? throwNoAttention(name),
};
