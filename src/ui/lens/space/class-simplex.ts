import { scaled, type Vector3 } from './vector';

/** Classes that are drawn together. */
export const LEAST_CLASSES = 3;
export const MOST_CLASSES = 4;

const [HALF_ROOT_3, ROOT_2] = [Math.sqrt(3) / 2, Math.SQRT2];

/** Corners of a regular simplex around 0, of length 1: columns of A. Of three they lie in a plane, and the third axis is free. */
const CORNERS: Readonly<Record<3 | 4, readonly Vector3[]>> = {
  3: [
    [1, 0, 0],
    [-1 / 2, HALF_ROOT_3, 0],
    [-1 / 2, -HALF_ROOT_3, 0],
  ],
  4: [
    [1, 0, 0],
    [-1 / 3, (2 * ROOT_2) / 3, 0],
    [-1 / 3, -ROOT_2 / 3, Math.sqrt(2 / 3)],
    [-1 / 3, -ROOT_2 / 3, -Math.sqrt(2 / 3)],
  ],
};

/** @throws RangeError unless there are three or four. */
export function simplexCorners(classes: number): readonly Vector3[] {
  if (classes === 3 || classes === 4) return CORNERS[classes];
  throw new RangeError(`Three or four classes span a picture in space, not ${classes}`);
}

/**
 * Where coordinates u of three or four classes are drawn: A u (Fisher, Meng and Papyan, 2402.06171). It keeps nothing of what
 * four classes share. Of three the plane A u lies level, and what they share is the height, (u_a + u_b + u_c) / √2: in
 * the measure of the plane, so that the picture is the space of u_a, u_b and u_c itself, turned and √(3/2) times as large.
 * @throws RangeError unless there are three or four.
 */
export function placeOnSimplex(coordinates: readonly number[]): Vector3 {
  const corners = simplexCorners(coordinates.length);
  let [x, y, z] = [0, 0, 0];
  for (const [i, corner] of corners.entries()) {
    const u = coordinates[i] ?? NaN;
    x += corner[0] * u;
    y += corner[1] * u;
    z += corners.length === 3 ? u / ROOT_2 : corner[2] * u;
  }
  return [x, y, z];
}

/** Length of A u: without the height, where that is what three classes share. */
export const lengthOnSimplex = (place: Vector3, classes: number): number =>
  Math.hypot(place[0], place[1], classes === 3 ? 0 : place[2]);

/** Which directions all classes have where they have collapsed: those of a simplex frame, or at right angles. */
export type FrameKind = 'simplex' | 'orthogonal';

/**
 * Corners of the chosen classes where all classes lie on a frame, u_c = s (e_c − 1 1ᵀ/C) or u_c = s e_c, with |A u| = s.
 * @param length s
 * @param all C, of which the chosen ones are drawn
 */
export function frameCorners(chosen: number, length: number, all: number, kind: FrameKind): Vector3[] {
  return simplexCorners(chosen).map((_, own) =>
    scaled(
      placeOnSimplex(
        Array.from({ length: chosen }, (_, c) => Number(c === own) - (kind === 'simplex' ? 1 / all : 0)),
      ),
      length,
    ),
  );
}
