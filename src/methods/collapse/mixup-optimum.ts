import { sum } from '../../math/sum';

/** Newton's steps end here at the latest, so that rounding can never keep them going. */
const MOST_STEPS = 200;

/**
 * Logits of the feature that is best for a mixed label where the classifier is a fixed simplex frame: minimise
 * CE(softmax(W h), t) + (λ_h / 2) |h|², |w_k| = m. There h = (1 / λ_h) Wᵀ (t − p) and
 *
 *     z = κ (t − p),   p = softmax(z),   κ = m² C / ((C − 1) λ_h)
 *
 * (derived from the setting of Fisher, Meng and Papyan, 2402.06171). z minimises |z|² / (2κ) − t·z + ln Σ exp z, which is
 * strictly convex: Newton's steps, halved until they descend. Undamped they diverge from about κ = 100.
 * @param kappa κ > 0
 * @param target t, which sums to 1 `[classes]`
 * @returns z `[classes]`, which sums to 0; it solves the equation to rounding, about κ |z| 1e-15
 * @throws RangeError unless κ is positive and finite and t sums to 1.
 */
export function mixupLogits(kappa: number, target: ArrayLike<number>): Float64Array {
  const t = Float64Array.from(target);
  if (!(kappa > 0 && Number.isFinite(kappa)))
    throw new RangeError(`κ must be positive and finite, got ${kappa}`);
  if (!(Math.abs(sum(t) - 1) < 1e-9)) throw new RangeError(`A label sums to 1, not to ${sum(t)}`);
  let z = new Float64Array(t.length);
  let [value, slope] = [objective(kappa, t, z), gradientOf(kappa, t, z)];
  for (let count = 0; count < MOST_STEPS; count++) {
    const step = newtonStep(kappa, softmax(z), slope);
    const descent = sum(step.map((length, k) => length * (slope[k] ?? NaN)));
    // The objective is a difference of numbers as large as the logits.
    const rounding = 1e-13 * Math.max(1, largest(z));
    let share = 1;
    let next = moved(z, step, share);
    while (objective(kappa, t, next) > value - 1e-4 * share * descent + rounding) {
      share /= 2;
      next = moved(z, step, share);
    }
    const nextSlope = gradientOf(kappa, t, next);
    // So near the minimum that the objective cannot tell, the gradient does, until it is rounding itself.
    if (descent < rounding && !(largest(nextSlope) < largest(slope))) break;
    [z, value, slope] = [next, objective(kappa, t, next), nextSlope];
  }
  return z;
}

/**
 * The label λ e_y + (1 − λ) e_y' of a mixed pair; e_y where both are of the same class `[classes]`.
 * @throws RangeError unless λ lies in [0, 1] and both are classes.
 */
export function mixedLabel(classes: number, first: number, second: number, share: number): Float64Array {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`A share lies from 0 to 1, got ${share}`);
  const label = new Float64Array(classes);
  for (const [k, part] of [
    [first, share],
    [second, 1 - share],
  ] as const) {
    const before = label[k];
    if (before === undefined) throw new RangeError(`${k} is none of the ${classes} classes`);
    label[k] = before + part;
  }
  return label;
}

/** z / κ − t + softmax(z) */
const gradientOf = (kappa: number, t: Float64Array, z: Float64Array): Float64Array => {
  const p = softmax(z);
  return z.map((value, k) => value / kappa - (t[k] ?? NaN) + (p[k] ?? NaN));
};

/** (diag(1/κ + p) − p pᵀ)⁻¹ g, by the formula of Sherman and Morrison. */
function newtonStep(kappa: number, p: Float64Array, gradient: Float64Array): Float64Array {
  const scaledGradient = gradient.map((value, k) => value / (1 / kappa + (p[k] ?? NaN)));
  const scaledP = p.map((value) => value / (1 / kappa + value));
  // 1 − Σ p² / (1/κ + p), as a sum without cancellation: Σ p = 1.
  const rest = sum(scaledP) / kappa;
  const along = sum(scaledGradient.map((value, k) => value * (p[k] ?? NaN))) / rest;
  return scaledGradient.map((value, k) => value + along * (scaledP[k] ?? NaN));
}

function objective(kappa: number, t: Float64Array, z: Float64Array): number {
  const most = Math.max(...z);
  const logSum = most + Math.log(sum(z.map((value) => Math.exp(value - most))));
  return sum(z.map((value, k) => value ** 2 / (2 * kappa) - (t[k] ?? NaN) * value)) + logSum;
}

function softmax(z: Float64Array): Float64Array {
  const most = Math.max(...z);
  const powers = z.map((value) => Math.exp(value - most));
  const total = sum(powers);
  return powers.map((value) => value / total);
}

const largest = (values: Float64Array): number => Math.max(...values.map(Math.abs));
const moved = (z: Float64Array, step: Float64Array, share: number) =>
  z.map((value, k) => value - share * (step[k] ?? NaN));
