import { sum } from '../../math/sum';
import {
  collapseThreshold,
  imbalancedOptimum,
  type ImbalancedProblem,
} from '../../methods/collapse/unconstrained/imbalanced-optimum';
import type { CollapseSpec } from './knobs';

/** Of values by class, those of the large classes and those of the small ones, which are the last. */
export function bySize<T>(
  values: readonly T[],
  { imbalance, minority }: Pick<CollapseSpec, 'imbalance' | 'minority'>,
): { majority: T[]; minority: T[] } {
  const split = imbalance === 'balanced' ? values.length : values.length - minority;
  return { majority: values.slice(0, split), minority: values.slice(split) };
}

/** The smallest of some lengths over the largest; 1 where all are the same. */
export const shortestToLongest = (lengths: readonly number[]): number =>
  Math.min(...lengths) / Math.max(...lengths);

/** What the closed form says of a setting. */
export interface MinorityPrediction {
  /** Images up to which a class collapses to nothing. */
  threshold: number;
  /** |w_k| of each class `[classes]`. */
  classifierLengths: number[];
}

/**
 * Minority collapse by Dang et al.'s closed form (`imbalancedOptimum`), for features that are free: of the squared error with
 * decay of the features, and without a bias. The decay that a batch's mean of |h|² has is λ_H = featureDecay / N of each.
 * Null for settings that it does not cover.
 */
export function predictMinority(spec: CollapseSpec, sizes: readonly number[]): MinorityPrediction | null {
  const { loss, headBias, headDecay, headLayers, featureDecay, features, mixup } = spec;
  if (loss !== 'mse' || headBias || !(headDecay > 0 && featureDecay > 0) || mixup > 0) return null;
  if (features < sizes.length) return null;
  const problem: ImbalancedProblem = {
    sizes,
    layerDecays: Array<number>(headLayers).fill(headDecay),
    featureDecay: featureDecay / sum(sizes),
  };
  return {
    threshold: collapseThreshold(problem),
    classifierLengths: imbalancedOptimum(problem).map(({ layerSquares }) =>
      Math.sqrt(layerSquares.at(-1) ?? NaN),
    ),
  };
}
