import type { BlockPolicy } from '../../nn/vit';
import { attentionReceived } from './attention-score';
import { capacityTokens, isRouted } from './capacity';
import { routeTokens } from './route-tokens';
import { selectTokens } from './select-tokens';

/**
 * A-MoD: every second block works on the k tokens that received most attention in the block before it; the update is
 * not gated and no parameter is added (Gadhikar et al. 2024, section 3.3).
 * @param capacity C, the share of tokens a routed block works on, in (0, 1]
 */
export function amodPolicy(capacity: number): BlockPolicy {
  return (block, z, previous, index) => {
    if (!isRouted(index)) return block(z);
    if (!previous?.attention)
      throw new Error(`Block ${index + 1} is routed but the block before it has no attention map`);
    const scores = attentionReceived(previous.attention);
    const selection = selectTokens(scores, capacityTokens(capacity, z.shape[1]));
    return { z: routeTokens(block, z, selection), kept: selection.kept, scores };
  };
}
