import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '../kernels/layer-norm/layer-norm';
import { createLayerNorm } from './layer-norm';
import type { Parameters } from './parameters';

/**
 * What is normalised around a patch embedding:
 *
 * - `none`: nothing
 * - `input`: every patch is brought to mean 0 and variance 1, with nothing to be learnt
 * - `dual`: DualPatchNorm (Kumar, Dehghani and Houlsby, TMLR 2023): layer norms with learned gain and offset before and
 *   after the embedding
 */
export type PatchNorm = 'none' | 'input' | 'dual';

type Map3D = (x: tf.Tensor3D) => tf.Tensor3D;

const unchanged: Map3D = (x) => x;

/**
 * Normalisation before and after a patch embedding, named `name`.
 * @returns maps of patches `[batch, patches, patchValues]` and of embedded ones `[batch, patches, width]`
 */
export function createPatchNorm(
  parameters: Parameters,
  name: string,
  kind: PatchNorm,
  { patchValues, width }: { patchValues: number; width: number },
): { before: Map3D; after: Map3D } {
  switch (kind) {
    case 'none':
      return { before: unchanged, after: unchanged };
    case 'input':
      return {
        before: (patches) => layerNorm(patches, tf.ones([patchValues]), tf.zeros([patchValues])),
        after: unchanged,
      };
    case 'dual':
      return {
        before: createLayerNorm(parameters, `${name}.before`, patchValues),
        after: createLayerNorm(parameters, `${name}.after`, width),
      };
    default:
      return kind satisfies never;
  }
}
