import { selectTokens } from '../../kernels/token-routing/select-tokens';
import type { BlockPolicy } from '../../nn/vit';
import { capacityTokens, isRouted } from './capacity';
import { keptTokens, routeTokens } from './route-tokens';

/**
 * A-MoD: every second block works on the k tokens that received most attention in the block before it; the update is
 * not gated and no parameter is added (Gadhikar et al. 2024, section 3.3). The score of token i is
 * rᵢ = 1/(H·N) Σ_h Σ_j A_h[j, i], the mean of column i of that block's attention maps (equation 4).
 * @param capacity C, the share of tokens a routed block works on, in (0, 1]
 */
export function amodPolicy(capacity: number): BlockPolicy {
  return (block, z, previous, index) => {
    if (!isRouted(index)) return block(z);
    if (!previous?.attention)
      throw new Error(`Block ${index + 1} is routed but the block before it has no attention map`);
    const tokens = z.shape[1];
    const scores = previous.attention.received();
    const indices = selectTokens(scores, capacityTokens(capacity, tokens));
    return {
      z: routeTokens(block, z, indices),
      scores,
      get kept() {
        return keptTokens(indices, tokens);
      },
    };
  };
}
