import type { BalancedProblem } from './squared-loss-optimum';

/** Optimum of cross-entropy: W a simplex equiangular tight frame, the features along its rows, the bias 0. */
export interface CrossEntropyOptimum {
  /** |h_k|² */
  featureSquare: number;
  /** |w_k|² */
  classifierSquare: number;
  /** h_k = featureScale · w_k, √(λ_W / (λ_H n)). */
  featureScale: number;
  /** The true class's logit above the others'. */
  margin: number;
  /** Minimum of the objective. */
  value: number;
}

/**
 * Global minimisers of (1/N) CE(W H + b) + λ_W/2 ‖W‖² + λ_H/2 ‖H‖² + λ_b/2 |b|² with λ_b > 0 and n samples of each of K
 * classes, N = K n, in a width ≥ K − 1 (Zhu et al., 2105.02375, theorem 3.1): W is a simplex equiangular tight frame,
 * h_{k,i} = √(λ_W / (λ_H n)) w_k, b = 0. Its size follows by setting the derivative in |w|² to 0: with
 * q = (K − 1) √(λ_W λ_H n) the probability of all wrong classes together, the margin is ln((K − 1)(1 − q) / q). All is 0 where
 * √(λ_W λ_H n) ≥ 1/K.
 * @param problem with `perClass`, n
 * @throws RangeError unless decays and sizes are positive and there are two classes or more.
 */
export function crossEntropyOptimum({
  classes,
  perClass,
  classifierDecay,
  featureDecay,
}: BalancedProblem & { perClass: number }): CrossEntropyOptimum {
  if (!(classifierDecay > 0 && featureDecay > 0))
    throw new RangeError('Without decay of both the classifier and the features there is no optimum');
  if (!(classes >= 2 && perClass > 0))
    throw new RangeError(`${classes} classes of ${perClass} samples cannot be told apart`);
  const featureScale = Math.sqrt(classifierDecay / (featureDecay * perClass));
  const wrong = (classes - 1) * Math.sqrt(classifierDecay * featureDecay * perClass);
  const margin = Math.max(0, Math.log(((classes - 1) * (1 - Math.min(1, wrong))) / wrong));
  const classifierSquare = (margin * (classes - 1)) / (classes * featureScale);
  return {
    featureSquare: featureScale ** 2 * classifierSquare,
    classifierSquare,
    featureScale,
    margin,
    value: Math.log1p((classes - 1) * Math.exp(-margin)) + classes * classifierDecay * classifierSquare,
  };
}
