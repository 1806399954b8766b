/**
 * The smallest mean of |cos(v_c, v_c') + 1 / 9| over pairs of ten directions that was found in 1, 2, 3 … dimensions, by
 * descent from 60 random starts. Nine hold a simplex and reach 0.
 */
const TEN_CLASSES: readonly number[] = [0.9877, 0.4585, 0.2716, 0.1814, 0.1152, 0.0948, 0.0678, 0.0357];

/**
 * What NC2's largest angles (`maximalAngle`) cannot fall below in so few features, as far as is known: 0 from C − 1 on. It is
 * of any directions: ones of equal length that sum to 0, as collapsed means are, may have to stay above it (ten on a
 * circle, evenly: 0.596).
 * @returns null where it was not computed: it was for ten classes
 */
export function angleFloor(classes: number, features: number): number | null {
  if (features >= classes - 1) return 0;
  return classes === 10 ? (TEN_CLASSES[features - 1] ?? null) : null;
}
