import type * as tf from '@tensorflow/tfjs-core';
import { attention } from '../kernels/attention/attention';
import {
  attentionMap,
  attentionOfFirst,
  attentionReceived,
} from '../kernels/attention-score/attention-score';
import { detach } from '../kernels/detach';
import { createLayerNorm } from './layer-norm';
import { createLinear } from './linear';
import { glorotUniform, type Initializer, type Parameters } from './parameters';

/**
 * What a block's attention looked at, computed when asked for, while the tensors of the forward pass exist. No gradient
 * flows through any of it.
 */
export interface BlockAttention {
  /** Mean of column i of the attention maps over all heads and query rows; sums to 1 per image. `[batch, tokens]` */
  received(): tf.Tensor2D;
  /** The class token's row of the maps, averaged over the heads; sums to 1 per image. `[batch, tokens]` */
  ofClassToken(): tf.Tensor2D;
  /** Row-stochastic maps: row = query, column = key. `[batch, heads, tokens, tokens]` */
  map(): tf.Tensor4D;
}

/** What a block hands on. */
export interface BlockOutput {
  /** `[batch, tokens, width]` */
  z: tf.Tensor3D;
  attention: BlockAttention;
}

/** A pre-norm transformer block, for any number of tokens. */
export type VitBlock = (z: tf.Tensor3D) => BlockOutput;

export interface BlockShape {
  width: number;
  heads: number;
  mlpRatio: number;
}

/** `count` matrices side by side, each as Glorot and Bengio initialise one: for layers computed in one product. */
const glorotSideBySide =
  (count: number): Initializer =>
  (values, [inputs = 1, outputs = 1], rng) => {
    glorotUniform(values, [inputs, outputs / count], rng);
  };

/**
 * B(Z) = Z + Attn(LN Z) + MLP(LN(Z + Attn(LN Z))), as in Dosovitskiy et al., "An image is worth 16×16 words" (ICLR
 * 2021), equations 2 and 3; attention is softmax(Q Kᵀ / √(width / heads)) V.
 * @throws Error when the width does not split evenly over the heads.
 */
export function createVitBlock(
  parameters: Parameters,
  name: string,
  { width, heads, mlpRatio }: BlockShape,
): VitBlock {
  if (width % heads !== 0) throw new Error(`${width} features cannot be split evenly over ${heads} heads`);
  const norm1 = createLayerNorm(parameters, `${name}.norm1`, width);
  const project3 = createLinear(parameters, `${name}.attention.qkv`, width, 3 * width, glorotSideBySide(3));
  const project = createLinear(parameters, `${name}.attention.project`, width, width);
  const norm2 = createLayerNorm(parameters, `${name}.norm2`, width);
  const expand = createLinear(parameters, `${name}.mlp.expand`, width, mlpRatio * width);
  const contract = createLinear(parameters, `${name}.mlp.contract`, mlpRatio * width, width);

  return (z) => {
    const attending = norm1.branch(z);
    const qkv = project3(attending.y); // queries, keys and values side by side
    const { y, lse } = attention(qkv, heads);
    const attended = project(y, { residual: attending.skip });
    const thinking = norm2.branch(attended);
    const hidden = expand(thinking.y, { activation: 'gelu' });
    return {
      z: contract(hidden, { residual: thinking.skip }),
      attention: {
        received: () => attentionReceived(detach(qkv), detach(lse)),
        ofClassToken: () => attentionOfFirst(detach(qkv), detach(lse)),
        map: () => attentionMap(detach(qkv), detach(lse)),
      },
    };
  };
}
