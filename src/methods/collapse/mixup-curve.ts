import { mixedLabel, mixupLogits } from './mixup-optimum';

/** Above this the curve is the same to the eye, and solving for it loses digits. */
const LARGEST_KAPPA = 1e6;

/**
 * κ of a trained classifier, from how far the logit of the true class lies above the mean of the others on images that are not
 * mixed: there z = κ (e_y − p) says margin = κ (1 − p_y) C / (C − 1) with p_y = 1 / (1 + (C − 1) exp(−margin)). At most 10⁶.
 * @returns NaN where the margin is not positive: nothing has been learnt yet
 */
export function kappaOfMargin(margin: number, classes: number): number {
  if (!(margin > 0)) return NaN;
  const others = (classes - 1) * Math.exp(-margin);
  const wrong = others / (1 + others);
  return Math.min(LARGEST_KAPPA, (margin * (classes - 1)) / (classes * wrong));
}

/**
 * Where the best features of a mixed pair lie, by `mixupLogits`, in the coordinates u = Qᵀ h of `classDirections`: with a
 * simplex frame as classifier h = (1 / λ_h) Wᵀ (t − p) and so u = √((C − 1) / C) z / m.
 * @param classifierLength m = |w_k|
 * @param shares λ of the first class, each in [0, 1]
 * @returns for each share the coordinates of the first class, of the second and of each other one `[shares, 3]`, row after row
 * @throws RangeError unless κ is positive and finite and there are three classes or more.
 */
export function mixupCurve(
  kappa: number,
  classes: number,
  classifierLength: number,
  shares: readonly number[],
): Float64Array {
  if (!(classes >= 3)) throw new RangeError(`A pair of ${classes} classes leaves no other one`);
  const scale = Math.sqrt((classes - 1) / classes) / classifierLength;
  return Float64Array.from(
    shares.flatMap((share) => {
      const z = mixupLogits(kappa, mixedLabel(classes, 0, 1, share));
      return [0, 1, 2].map((k) => scale * (z[k] ?? NaN));
    }),
  );
}
