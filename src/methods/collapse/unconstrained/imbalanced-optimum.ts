import { sum } from '../../../math/sum';

/** An unconstrained-features problem with classes of different sizes and one linear layer or more. */
export interface ImbalancedProblem {
  /** n_k, samples of each class. */
  sizes: readonly number[];
  /** λ_W of each linear layer, first to last: M of them. */
  layerDecays: readonly number[];
  /** λ_H, decay of the features. */
  featureDecay: number;
}

/** What becomes of one class. */
export interface ClassOptimum {
  /** Minority collapse: the class has the features and the classifier 0. */
  collapsed: boolean;
  /** s_k², squared singular value of the product of all layers; |w_k|² where there is one. */
  productSquare: number;
  /** Squared singular value of each layer, first to last. */
  layerSquares: number[];
  /** |h_k|² */
  featureSquare: number;
  /** W H of a sample of the class, at the class itself; 0 at the others. */
  logit: number;
}

/**
 * Global minimisers of 1/(2N) ‖W_M ⋯ W_1 H − Y‖² + Σ_j λ_j/2 ‖W_j‖² + λ_H/2 ‖H‖² without bias, N = Σ n_k, in widths ≥ K: the
 * "general orthogonal frame" of Dang et al. (2301.00437). For one layer, with a_k = N² λ_W λ_H / n_k,
 *
 *     s_k² = max(0, √(n_k λ_H / λ_W) − N λ_H),
 *     W Wᵀ = diag(s_k²),  W H = diag(s_k² / (s_k² + N λ_H)),  Hᵀ H = diag(s_k² / (s_k² + N λ_H)²),
 *
 * and a class with a_k ≥ 1 collapses to 0. For M layers s_k² = N λ_H x^M, x the largest root of
 * b_k = M x^{M−1} / (x^M + 1)² with b_k = (M N / n_k) (N λ_H Π λ_j)^{1/M}, and layer j has s_k^{2/M} (Π λ_i)^{1/M} / λ_j. That root
 * is only a local minimum from b_k = (M − 1)^{(M−1)/M} / M on, where 0 is lower (cost 1 / (x^M + 1) + b_k x): the class is
 * collapsed then.
 * @throws RangeError unless sizes and decays are positive and there is one layer or more.
 */
export function imbalancedOptimum(problem: ImbalancedProblem): ClassOptimum[] {
  requireProblem(problem);
  const { sizes, layerDecays, featureDecay } = problem;
  const layers = layerDecays.length;
  const scaled = sum(sizes) * featureDecay;
  const geometric = product(layerDecays) ** (1 / layers);
  const threshold = collapseThreshold(problem);
  return sizes.map((size) => {
    const collapsed = size <= threshold;
    // The price b_k is inverse to the size, and the one at the threshold is known.
    const x = collapsed ? 0 : largestRoot((thresholdPrice(layers) * threshold) / size, layers);
    const productSquare = scaled * x ** layers;
    return {
      collapsed,
      productSquare,
      layerSquares: layerDecays.map((decay) => (productSquare ** (1 / layers) * geometric) / decay),
      featureSquare: productSquare / (productSquare + scaled) ** 2,
      logit: productSquare / (productSquare + scaled),
    };
  });
}

/**
 * The size up to which a class collapses to 0: N² λ_W λ_H for one linear layer, where a_k = 1; for M of them
 * M² N (N λ_H Π λ_j)^{1/M} / (M − 1)^{(M−1)/M}. N includes the class itself.
 * @throws RangeError unless sizes and decays are positive and there is one layer or more.
 */
export function collapseThreshold(problem: ImbalancedProblem): number {
  requireProblem(problem);
  const { sizes, layerDecays, featureDecay } = problem;
  const samples = sum(sizes);
  const layers = layerDecays.length;
  const price = layers * samples * (samples * featureDecay * product(layerDecays)) ** (1 / layers);
  return price / thresholdPrice(layers);
}

/** b from which on 1 / (x^M + 1) + b x is nowhere below its value at 0. */
const thresholdPrice = (layers: number): number => (layers - 1) ** ((layers - 1) / layers) / layers;

/** The largest x with M x^{M−1} / (x^M + 1)² = price, which has one. By halving: the left side falls beyond its peak. */
function largestRoot(price: number, layers: number): number {
  if (layers === 1) return 1 / Math.sqrt(price) - 1;
  const slope = (x: number) => (layers * x ** (layers - 1)) / (x ** layers + 1) ** 2;
  let low = ((layers - 1) / (layers + 1)) ** (1 / layers); // the peak
  let high = Math.max(low, (layers / price) ** (1 / (layers + 1))); // the slope is below M / x^{M+1}
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (slope(middle) > price) low = middle;
    else high = middle;
  }
}

function requireProblem({ sizes, layerDecays, featureDecay }: ImbalancedProblem): void {
  if (sizes.length === 0 || layerDecays.length === 0)
    throw new RangeError('The optimum is of one class and one linear layer or more');
  if (![...sizes, ...layerDecays, featureDecay].every((value) => value > 0))
    throw new RangeError('Sizes and decays must be positive: otherwise there is no optimum');
}

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1);
