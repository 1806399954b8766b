import * as tf from '@tensorflow/tfjs-core';
import { createConvolution, heNormal } from './conv';
import { createLayerNorm } from './layer-norm';
import { createLinear } from './linear';
import { truncatedNormal, type Parameters } from './parameters';
import { createVitBlock } from './vit-block';
import { vitFlops } from './vit-flops';

/** Hidden features of a transformer block's MLP, in widths. */
const MLP_RATIO = 2;

export interface TrunkShape {
  trunk: 'mlp' | 'cnn' | 'vit';
  /** Of one example: `[height, width, channels]`, for `vit` `[patches, patchValues]`; of any rank for `mlp`. */
  inputShape: readonly number[];
  /** Features that the tasks share. */
  width: number;
  /** Hidden layers of `mlp`, convolutions of `cnn`, blocks of `vit`. */
  depth: number;
  /** Attention heads of `vit`; the others do not look at it. */
  heads: number;
}

/** What all tasks have in common: from an input to features. */
export interface Trunk {
  /** `[batch, ...inputShape]` → features `[batch, width]`, none negative. */
  features(input: tf.Tensor): tf.Tensor2D;
  /** Multiply-accumulates of one example. */
  flops: number;
}

/**
 * The trunk of a network for several tasks. Its parameters are named `trunk.*`; their values at the start depend on the seed
 * and their names alone, so networks for other tasks have the same.
 *
 * - `mlp`: `depth` hidden layers h ← ReLU(h W + b) of `width`, on the flattened input.
 * - `cnn`: `depth` stages of a 3×3 convolution without bias, ReLU and 2×2 max pooling; the last has `width` channels, each
 *   before it half as many, rounded up. Then ReLU(h W + b) from all that is left to `width` features.
 * - `vit`: the transformer of `createVit` without a class token and with MLPs of twice the width; its mean over the
 *   normalised tokens goes through ReLU(h W + b).
 * @throws RangeError for an input of another rank than the trunk takes, and for a depth that is not a whole number from 1 on.
 */
export function createTrunk(parameters: Parameters, shape: TrunkShape): Trunk {
  const { trunk, depth, width } = shape;
  if (!(Number.isSafeInteger(depth) && depth >= 1 && Number.isSafeInteger(width) && width >= 1))
    throw new RangeError(`A trunk has one layer or more of one feature or more, not ${depth} of ${width}`);
  return { mlp: createMlpTrunk, cnn: createCnnTrunk, vit: createVitTrunk }[trunk](parameters, shape);
}

function createMlpTrunk(parameters: Parameters, { inputShape, width, depth }: TrunkShape): Trunk {
  const inputs = inputShape.reduce((product, extent) => product * extent, 1);
  const layers = Array.from({ length: depth }, (_, i) =>
    createLinear(parameters, `trunk.layer${i + 1}`, i === 0 ? inputs : width, width, heNormal),
  );
  return {
    features: (input) =>
      layers.reduce<tf.Tensor2D>(
        (h, layer) => layer(h, { activation: 'relu' }),
        tf.reshape(input, [-1, inputs]),
      ),
    flops: inputs * width + (depth - 1) * width ** 2,
  };
}

function createCnnTrunk(parameters: Parameters, { inputShape, width, depth }: TrunkShape): Trunk {
  const [height, across, channels, ...more] = inputShape;
  if (height === undefined || across === undefined || channels === undefined || more.length > 0)
    throw new RangeError(`A trunk of convolutions takes whole images, not [${inputShape.join(', ')}]`);
  let [rows, columns, inputs] = [height, across, channels];
  let flops = 0;
  const stages = Array.from({ length: depth }, (_, i) => {
    const outputs = Math.ceil(width / 2 ** (depth - 1 - i));
    const convolve = createConvolution(parameters, `trunk.stage${i + 1}`, { size: 3, inputs, outputs });
    flops += rows * columns * 9 * inputs * outputs;
    [rows, columns, inputs] = [Math.ceil(rows / 2), Math.ceil(columns / 2), outputs];
    return (x: tf.Tensor4D) => tf.maxPool(tf.relu(convolve(x)), 2, 2, 'same');
  });
  const left = rows * columns * inputs;
  const project = createLinear(parameters, 'trunk.features', left, width, heNormal);
  return {
    features(input) {
      const images = tf.reshape<tf.Rank.R4>(input, [-1, height, across, channels]);
      const maps = stages.reduce((x, stage) => stage(x), images);
      return project(tf.reshape<tf.Rank.R2>(maps, [-1, left]), { activation: 'relu' });
    },
    flops: flops + left * width,
  };
}

function createVitTrunk(parameters: Parameters, { inputShape, width, depth, heads }: TrunkShape): Trunk {
  const [patches, patchValues, ...more] = inputShape;
  if (patches === undefined || patchValues === undefined || more.length > 0)
    throw new RangeError(`A transformer takes images in patches, not [${inputShape.join(', ')}]`);
  const embed = createLinear(parameters, 'trunk.embed', patchValues, width);
  const position = parameters.create('trunk.position', [1, patches, width], truncatedNormal(0.02));
  const blocks = Array.from({ length: depth }, (_, i) =>
    createVitBlock(parameters, `trunk.block${i + 1}`, { width, heads, mlpRatio: MLP_RATIO }),
  );
  const norm = createLayerNorm(parameters, 'trunk.norm', width);
  const project = createLinear(parameters, 'trunk.features', width, width, heNormal);
  return {
    features(input) {
      const embedded = embed(tf.reshape<tf.Rank.R3>(input, [-1, patches, patchValues]));
      const z = blocks.reduce((z, block) => block(z).z, tf.add<tf.Tensor3D>(embedded, position));
      return project(tf.mean<tf.Tensor2D>(norm(z), 1), { activation: 'relu' });
    },
    flops: vitFlops({
      ...{ tokens: patches, patches, patchValues, width, mlpRatio: MLP_RATIO },
      classes: width, // the read-out
      tokensPerBlock: new Array<number>(depth).fill(patches),
    }),
  };
}
