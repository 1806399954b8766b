import type { SpaceExtent } from './space-picture';
import { figuresOf, reachFrom, type PlacedClasses, type Placing } from './placed-classes';
import type { Vector3 } from './vector';

/**
 * What is shown of space where it holds some moments. The centre is half way up to where the chosen classes would lie on a
 * frame, at their largest.
 * @param rise height of that frame's corners, of length 1
 */
export function extentOf(placing: Placing, moments: readonly PlacedClasses[], rise: number): SpaceExtent {
  const lengths = moments.map((placed) => figuresOf(placing, placed).meanLength).filter(Number.isFinite);
  const centre: Vector3 = [0, 0, (Math.max(0, ...lengths) * rise) / 2];
  return { centre, radius: Math.max(...moments.map((placed) => reachFrom(placed, centre)), 0) };
}

/**
 * The part of space that the pictures of one run show, the same at every moment: it has room for all that has been seen so
 * far and only ever grows, until another subject is pictured.
 */
export class GrowingExtent {
  #subject: unknown;
  #shown: SpaceExtent | null = null;

  /** @param subject what is pictured: with another one it starts anew */
  next(subject: unknown, wanted: SpaceExtent): SpaceExtent {
    const before = subject === this.#subject ? this.#shown : null;
    this.#subject = subject;
    this.#shown =
      before && before.radius >= wanted.radius && before.centre[2] >= wanted.centre[2]
        ? before
        : {
            centre: before && before.centre[2] > wanted.centre[2] ? before.centre : wanted.centre,
            radius: Math.max(before?.radius ?? 0, wanted.radius),
          };
    return this.#shown;
  }
}
