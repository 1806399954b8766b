import * as tf from '@tensorflow/tfjs-core';
import { routedBlocks } from '../../src/methods/routing/capacity';
import { detach } from '../../src/kernels/detach';
import type { VitShape } from '../../src/nn/vit';
import { gelu, layerNorm, linear } from './layers';
import type { TfjsModel } from './tfjs-task';

type Lookup = Parameters<TfjsModel>[1];

/** The vision transformer of `src/nn/vit.ts` in plain tfjs, with A-MoD's routing where `routed` names k tokens. */
export function tfjsVit({ width, heads, depth }: VitShape, routed: number | null): TfjsModel {
  const headWidth = width / heads;
  const isRouted = routedBlocks(depth, 'alternate');

  function block(z: tf.Tensor3D, name: string, parameter: Lookup) {
    const layer = (x: tf.Tensor, layer: string) =>
      linear(x, parameter(`${name}.${layer}.weight`), parameter(`${name}.${layer}.bias`));
    const norm = (x: tf.Tensor, layer: string) =>
      layerNorm(x, parameter(`${name}.${layer}.gamma`), parameter(`${name}.${layer}.beta`));
    const [batch, tokens] = z.shape;
    const [q, k, v] = tf
      .split(layer(norm(z, 'norm1'), 'attention.qkv'), 3, -1)
      .map((x) => tf.transpose(tf.reshape(x, [batch, tokens, heads, headWidth]), [0, 2, 1, 3])) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const attention = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(headWidth)));
    const mixed = tf.transpose(tf.matMul(attention, v), [0, 2, 1, 3]);
    const attended = tf.add(z, layer(tf.reshape(mixed, [batch, tokens, width]), 'attention.project'));
    const hidden = gelu(layer(norm(attended, 'norm2'), 'mlp.expand'));
    return { z: tf.add<tf.Tensor3D>(attended, layer(hidden, 'mlp.contract')), attention };
  }

  return (patches, parameter) => {
    const [batch = 0] = patches.shape;
    const embedded = linear(patches, parameter('embed.weight'), parameter('embed.bias'));
    // Broadcast by an addition: the gradient of tfjs's tile is one slice per image.
    const first = tf.add(tf.zeros([batch, 1, width]), parameter('classToken'));
    let z = tf.add<tf.Tensor3D>(tf.concat([first, embedded], 1), parameter('position'));
    let attention: tf.Tensor | null = null;
    for (let index = 0; index < depth; index++) {
      const name = `block${index + 1}`;
      if (routed === null || !isRouted[index] || !attention) {
        ({ z, attention } = block(z, name, parameter));
        continue;
      }
      const { slots, skipped } = chooseTokens(attention, routed);
      const worked = block(tf.matMul(slots, z), name, parameter).z;
      z = tf.add<tf.Tensor3D>(tf.mul(z, skipped), tf.matMul(slots, worked, true, false));
      attention = null;
    }
    const readout = tf.reshape(tf.slice(z, [0, 0, 0], [batch, 1, width]), [batch, width]);
    const normed = layerNorm(readout, parameter('norm.gamma'), parameter('norm.beta'));
    return linear(normed, parameter('head.weight'), parameter('head.bias')) as tf.Tensor2D;
  };
}

/**
 * The k tokens that received most attention, ties to the lower index, as one-hot rows `[batch, k, tokens]`,
 * and 1 for a token that is skipped, `[batch, tokens, 1]`. Products with them gather and
 * scatter: the gradient of tfjs's batched gather is one sum per image.
 */
function chooseTokens(attention: tf.Tensor, k: number): { slots: tf.Tensor3D; skipped: tf.Tensor } {
  const scores = tf.mean(detach(attention), [1, 2]);
  const [batch = 0, tokens = 0] = scores.shape;
  const { indices } = tf.topk(scores, k);
  // tf.oneHot of a matrix of indices is all zeros on tfjs 4.22's WebGPU backend.
  const places = tf.range(0, tokens, 1, 'int32');
  const slots: tf.Tensor3D = tf.cast(tf.equal(tf.expandDims(indices, -1), places), 'float32');
  const kept = tf.reshape(tf.sum(slots, 1), [batch, tokens, 1]);
  return { slots, skipped: tf.sub(1, kept) };
}
