import * as tf from '@tensorflow/tfjs-core';
import { gelu } from '../kernels/gelu/gelu';
import { layerNorm } from '../kernels/layer-norm/layer-norm';
import { createLinear } from './linear';
import { ones, zeros, type Parameters } from './parameters';

/** What a block hands on. */
export interface BlockOutput {
  /** `[batch, tokens, width]` */
  z: tf.Tensor3D;
  /** Row-stochastic attention map: row = query, column = key. `[batch, heads, tokens, tokens]` */
  attention: tf.Tensor4D;
}

/** A pre-norm transformer block, for any number of tokens. */
export type VitBlock = (z: tf.Tensor3D) => BlockOutput;

export interface BlockShape {
  width: number;
  heads: number;
  mlpRatio: number;
}

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
  const query = createLinear(parameters, `${name}.attention.query`, width, width);
  const key = createLinear(parameters, `${name}.attention.key`, width, width);
  const value = createLinear(parameters, `${name}.attention.value`, width, width);
  const project = createLinear(parameters, `${name}.attention.project`, width, width);
  const norm2 = createLayerNorm(parameters, `${name}.norm2`, width);
  const expand = createLinear(parameters, `${name}.mlp.expand`, width, mlpRatio * width);
  const contract = createLinear(parameters, `${name}.mlp.contract`, mlpRatio * width, width);
  const headWidth = width / heads;

  return (z) => {
    const [batch, tokens] = z.shape;
    const split = (x: tf.Tensor3D) =>
      tf.transpose<tf.Tensor4D>(tf.reshape(x, [batch, tokens, heads, headWidth]), [0, 2, 1, 3]); // [batch, heads, tokens, headWidth]
    const h = norm1(z);
    // Scaling the queries costs tokens × headWidth products per head; scaling the map would cost tokens².
    const q = tf.mul(split(query(h)), 1 / Math.sqrt(headWidth));
    const attention = tf.softmax(tf.matMul(q, split(key(h)), false, true)); // [batch, heads, tokens, tokens]
    const mixed = tf.matMul(attention, split(value(h)));
    const merged = tf.reshape<tf.Rank.R3>(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]);
    const attended = tf.add<tf.Tensor3D>(z, project(merged));
    const updated = tf.add<tf.Tensor3D>(attended, contract(gelu(expand(norm2(attended)))));
    return { z: updated, attention: attention as tf.Tensor4D };
  };
}

/** Layer normalisation over the last axis with learned gain and offset. */
export function createLayerNorm(
  parameters: Parameters,
  name: string,
  width: number,
): (x: tf.Tensor3D) => tf.Tensor3D {
  const gamma = parameters.create(`${name}.gamma`, [width], ones);
  const beta = parameters.create(`${name}.beta`, [width], zeros);
  return (x) => layerNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D);
}
