import type { Rng } from '../../math/rng';

/** What `mixup` mixes in one step. */
export interface MixupDraw {
  /** Places in the batch, a permutation of them: `[batch]`. */
  partners: Int32Array;
  /** Shares of the example itself, in [0, 1]: `[batch]`. */
  lambda: Float32Array;
}

/**
 * Draws the partners and λ ~ Beta(α, α) of one step (Zhang et al., ICLR 2018).
 * @param rng the step's own stream, such as `root.fork('mixup').fork(String(step))`
 * @param each whether λ is drawn once for the step, as in the paper, or for every example
 * @throws RangeError unless α is positive.
 */
export function drawMixup(rng: Rng, batch: number, alpha: number, each: 'step' | 'example'): MixupDraw {
  if (!(alpha > 0)) throw new RangeError(`mixup needs a positive α, got ${alpha}`);
  const partners = Int32Array.from(rng.fork('partners').permutation(batch));
  const shares = rng.fork('lambda');
  const lambda = new Float32Array(batch);
  if (each === 'step') lambda.fill(symmetricBeta(shares, alpha));
  else for (let i = 0; i < batch; i++) lambda[i] = symmetricBeta(shares, alpha);
  return { partners, lambda };
}

/** X / (X + Y) for two Gamma(α) numbers, from their logarithms: for a small α both are often too small for a float. */
function symmetricBeta(rng: Rng, alpha: number): number {
  const difference = logGamma(rng, alpha) - logGamma(rng, alpha);
  return 1 / (1 + Math.exp(-difference));
}

/**
 * Logarithm of a Gamma(α) number by Marsaglia and Tsang (ACM TOMS 2000): for α ≥ 1 by rejection from (1 + c z)³, below
 * from Gamma(α + 1) · U^(1/α).
 */
function logGamma(rng: Rng, alpha: number): number {
  if (alpha < 1) return logGamma(rng, alpha + 1) + Math.log(1 - rng.uniform()) / alpha;
  const d = alpha - 1 / 3;
  for (;;) {
    const z = rng.normal();
    const v = (1 + z / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < (z * z) / 2 + d - d * v + d * Math.log(v))
      return Math.log(d * v);
  }
}
