import { lax, nn, numpy as np } from '@jax-js/jax';
import { routedBlocks } from '../../src/methods/routing/capacity';
import type { VitShape } from '../../src/nn/vit';
import { own, type Arrays, type JaxModel } from './jax-task';
import { gelu, layerNorm, linear } from './layers';

/** The vision transformer of `src/nn/vit.ts` in jax-js, with A-MoD's routing where `routed` names k tokens. */
export function jaxVit({ width, heads, depth }: VitShape, routed: number | null): JaxModel {
  const headWidth = width / heads;
  const isRouted = routedBlocks(depth, 'alternate');

  function block(z: np.Array, name: string, parameters: Arrays) {
    const layer = (x: np.Array, layer: string) =>
      linear(x, own(parameters, `${name}.${layer}.weight`), own(parameters, `${name}.${layer}.bias`));
    const norm = (x: np.Array, layer: string) =>
      layerNorm(x, own(parameters, `${name}.${layer}.gamma`), own(parameters, `${name}.${layer}.beta`));
    const [batch = 0, tokens = 0] = z.shape;
    const qkv = layer(norm(z.ref, 'norm1'), 'attention.qkv')
      .reshape([batch, tokens, 3, heads, headWidth])
      .transpose([2, 0, 3, 1, 4]); // [3, batch, heads, tokens, headWidth]
    const [q, k, v] = [qkv.ref.slice(0), qkv.ref.slice(1), qkv.slice(2)];
    const logits = np.matmul(q, np.matrixTranspose(k)).mul(1 / Math.sqrt(headWidth));
    const attention = nn.softmax(logits, -1);
    const mixed = np.matmul(attention.ref, v).transpose([0, 2, 1, 3]).reshape([batch, tokens, width]);
    const attended = z.add(layer(mixed, 'attention.project'));
    const hidden = gelu(layer(norm(attended.ref, 'norm2'), 'mlp.expand'));
    return { z: attended.add(layer(hidden, 'mlp.contract')), attention };
  }

  return (parameters, patches) => {
    const [batch = 0] = patches.shape;
    const embedded = linear(patches, own(parameters, 'embed.weight'), own(parameters, 'embed.bias'));
    const first = np.zeros([batch, 1, width]).add(own(parameters, 'classToken'));
    let z = np.concatenate([first, embedded], 1).add(own(parameters, 'position'));
    let attention: np.Array | null = null;
    for (let index = 0; index < depth; index++) {
      const name = `block${index + 1}`;
      if (routed === null || !isRouted[index] || !attention) {
        attention?.dispose();
        ({ z, attention } = block(z, name, parameters));
        continue;
      }
      const { slots, skipped } = chooseTokens(attention, routed);
      const after = block(np.matmul(slots.ref, z.ref), name, parameters);
      after.attention.dispose();
      z = z.mul(skipped).add(np.matmul(np.matrixTranspose(slots), after.z));
      attention = null;
    }
    attention?.dispose();
    const readout = z.slice([], 0);
    const normed = layerNorm(readout, own(parameters, 'norm.gamma'), own(parameters, 'norm.beta'));
    return linear(normed, own(parameters, 'head.weight'), own(parameters, 'head.bias'));
  };
}

/**
 * The k tokens that received most attention, ties to the lower index, as one-hot rows `[batch, k, tokens]`, and 1 for a
 * token that is skipped, `[batch, tokens, 1]`.
 */
function chooseTokens(attention: np.Array, k: number): { slots: np.Array; skipped: np.Array } {
  const scores = lax.stopGradient(attention).mean([1, 2]);
  const [, tokens = 0] = scores.shape;
  const order = np.argsort(scores.neg(), -1).slice([], [0, k]); // stable: ties to the lower index
  const slots = nn.oneHot(order, tokens);
  return { slots: slots.ref, skipped: np.expandDims(slots.sum(1).neg().add(1), -1) };
}
