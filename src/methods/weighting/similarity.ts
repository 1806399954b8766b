import { lengthsOf, product, type Gramian } from './gramian';

/** How two gradients stand to each other. */
export interface Similarity {
  /** The two, i < j. */
  pair: readonly [i: number, j: number];
  /** gᵢ·gⱼ ∕ (|gᵢ| |gⱼ|), in [−1, 1]; null where one of them is 0 and has no direction. Below 0 they conflict. */
  cosine: number | null;
  /** 2 |gᵢ| |gⱼ| ∕ (|gᵢ|² + |gⱼ|²), in [0, 1], 1 for equal lengths, 0 where one of them is 0; null where both are. */
  magnitude: number | null;
}

/**
 * Similarity of all pairs (Elich et al. 2023, equations 4 and 5): K (K − 1) ∕ 2 of them, none for one task. The gradients are of
 * several tasks, or of several samples of one task.
 */
export function similarities(gramian: Gramian): Similarity[] {
  const lengths = Array.from(lengthsOf(gramian));
  return lengths.flatMap((a, i) =>
    lengths.slice(i + 1).map((b, offset) => {
      const j = i + 1 + offset;
      return {
        pair: [i, j] as const,
        cosine: a === 0 || b === 0 ? null : cosineOf(product(gramian, i, j), a, b),
        magnitude: a === 0 && b === 0 ? null : magnitudeOf(a, b),
      };
    }),
  );
}

/** Rounding may carry it a little beyond ±1. Math.min and Math.max keep NaN. */
const cosineOf = (dot: number, a: number, b: number): number => Math.max(-1, Math.min(1, dot / a / b));

/** As 2ρ ∕ (1 + ρ²) of the ratio ρ of the shorter to the longer, whose square cannot overflow. */
function magnitudeOf(a: number, b: number): number {
  const ratio = Math.min(a, b) / Math.max(a, b);
  return (2 * ratio) / (1 + ratio * ratio);
}

/** Share of the pairs that conflict, which is a cosine below 0; of those that have a cosine; null if none has. */
export function conflictShare(pairs: readonly Similarity[]): number | null {
  const cosines = pairs.flatMap(({ cosine }) => (cosine === null ? [] : [cosine]));
  if (cosines.length === 0) return null;
  if (cosines.some(Number.isNaN)) return NaN;
  return cosines.filter((cosine) => cosine < 0).length / cosines.length;
}

/**
 * Share of the parameters whose entries in two gradients have opposite signs; 0 has none: the third measure of Elich et al.
 * (2023), which a Gramian does not tell.
 * @throws RangeError unless the gradients are equally long and not empty.
 */
export function oppositeSignShare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0)
    throw new RangeError(`Signs of ${a.length} and ${b.length} parameters cannot be compared`);
  const signs = Float64Array.from(a, (value, i) => Math.sign(value) * Math.sign(b[i] ?? NaN));
  return signs.reduce((sum, sign) => sum + Math.max(0, -sign), 0) / a.length;
}
