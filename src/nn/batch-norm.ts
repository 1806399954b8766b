import * as tf from '@tensorflow/tfjs-core';
import { batchMoments } from '../kernels/batch-norm/batch-moments';
import { batchNorm } from '../kernels/batch-norm/batch-norm';
import { normalize } from '../kernels/batch-norm/normalize';
import { updateRunningMoments } from '../kernels/batch-norm/running-moments';
import { rowsOf } from '../kernels/rows';
import { ones, zeros, type Parameters } from './parameters';

export interface BatchNormOptions {
  /** Apply ReLU to the result. */
  relu?: boolean;
}

/** A batch norm layer. */
export interface BatchNorm {
  /**
   * Normalises x `[..., channels]` over all axes but the last.
   * @param training with the statistics of x itself, which join the running ones; else with the running ones, through
   * which no gradient flows
   * @throws ShapeError when training on a single row.
   */
  <T extends tf.Tensor>(x: T, training: boolean, options?: BatchNormOptions): T;
  /** Running mean and unbiased variance of each channel, `[2, channels]`, changed in place. */
  readonly running: tf.Variable;
  /** Frees the running statistics, not the parameters. */
  dispose(): void;
}

/** Added to the variance; PyTorch's default. */
export const EPSILON = 1e-5;
/** PyTorch's default. */
const MOMENTUM = 0.1;

/** Batch normalisation of Ioffe and Szegedy (ICML 2015) named `name`, with learned gain and offset, as in PyTorch. */
export function createBatchNorm(parameters: Parameters, name: string, channels: number): BatchNorm {
  const gamma = parameters.create(`${name}.gamma`, [channels], ones);
  const beta = parameters.create(`${name}.beta`, [channels], zeros);
  const running = tf.tidy(() => tf.variable(tf.stack([tf.zeros([channels]), tf.ones([channels])]), false));

  const layer = <T extends tf.Tensor>(
    x: T,
    training: boolean,
    { relu = false }: BatchNormOptions = {},
  ): T => {
    const attrs = { eps: EPSILON, relu };
    if (!training) return normalize({ x, moments: running, gamma, beta }, attrs).y as T;
    const moments = batchMoments(x);
    updateRunningMoments({ moments }, { running }, { rows: rowsOf(x.shape), momentum: MOMENTUM });
    return batchNorm(x, moments, gamma, beta, attrs);
  };
  return Object.assign(layer, {
    running,
    dispose() {
      running.dispose();
    },
  });
}
