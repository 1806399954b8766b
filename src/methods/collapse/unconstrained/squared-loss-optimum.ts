/** An unconstrained-features problem whose classes are equally large. */
export interface BalancedProblem {
  /** K. */
  classes: number;
  /** λ_W, weight decay of the classifier. */
  classifierDecay: number;
  /** λ_H, decay of the features. */
  featureDecay: number;
}

/** Optimum of the squared loss: class features orthogonal to each other, and no variation within classes. */
export interface SquaredLossOptimum {
  /** |h_k|² */
  featureSquare: number;
  /** |w_k|² */
  classifierSquare: number;
  /** W H = logit · I for one feature of each class. */
  logit: number;
  /** Minimum of the objective. */
  value: number;
}

/**
 * Global minimisers of 1/(2Kn) ‖W H − Y‖² + λ_W/(2K) ‖W‖² + λ_H/(2Kn) ‖H‖², without bias and with n samples of each class, in a
 * width ≥ K (Tirer and Bruna 2022; restated by Tirer, Huang and Niles-Weed, 2210.16658, theorem 2.1). With c = √(λ_W λ_H) < 1,
 * h_k are orthogonal with |h_k|² = (1 − c) √(λ_W / λ_H), w_k = √(λ_H / λ_W) h_k, W H = (1 − c) I and the minimum is c − c²/2.
 * With c ≥ 1 all is 0 and the minimum 1/2. It depends on neither K nor n.
 * @throws RangeError unless both decays are positive.
 */
export function squaredLossOptimum({
  classifierDecay,
  featureDecay,
}: Omit<BalancedProblem, 'classes'>): SquaredLossOptimum {
  if (!(classifierDecay > 0 && featureDecay > 0))
    throw new RangeError('Without decay of both the classifier and the features there is no optimum');
  const c = Math.sqrt(classifierDecay * featureDecay);
  if (c >= 1) return { featureSquare: 0, classifierSquare: 0, logit: 0, value: 1 / 2 };
  return {
    featureSquare: (1 - c) * Math.sqrt(classifierDecay / featureDecay),
    classifierSquare: (1 - c) * Math.sqrt(featureDecay / classifierDecay),
    logit: 1 - c,
    value: c - c ** 2 / 2,
  };
}
