import { rotated, rotationOf, type View } from './rotation';
import type { SpaceExtent, SpaceScene } from './space-picture';
import { isFinitePlace, mixed, ORIGIN, type Vector3 } from './vector';

/** How a picture of space lies on the page, in pixels. */
export interface SpaceFrame extends SpaceExtent {
  view: View;
  width: number;
  height: number;
  /** Kept free at the rim, for names. */
  margin: number;
}

/** Where a place in space is drawn. */
export interface Spot {
  x: number;
  y: number;
  /** Magnification by nearness: 1 at the centre, above 1 nearer. */
  size: number;
  /** From 0, far, to 1, near. */
  nearness: number;
}

export type Mark = Readonly<
  | { kind: 'dot'; spot: Spot; colour: string }
  | { kind: 'centre'; spot: Spot; colour: string; shape: number; name: string }
  | { kind: 'line'; from: Spot; to: Spot; colour: string | null; dashed: boolean }
  | { kind: 'head'; spot: Spot; angle: number; length: number; colour: string }
  | { kind: 'name'; spot: Spot; name: string }
>;

/** The viewer's distance from the centre, in radii of what is shown: far enough that nothing is much distorted. */
const VIEWER = 4;
/** Lines are cut, so that each piece hides what is behind it and is hidden by what is before it. */
const PIECES = 8;
/** Of an arrow's head at the centre, in pixels. */
const HEAD = 9;

/** Places space on the page, in perspective. */
export function projection(frame: SpaceFrame): (place: Vector3) => Spot {
  const { centre, radius, view, width, height, margin } = frame;
  const rotation = rotationOf(view);
  const scale = Math.max(1, Math.min(width, height) / 2 - margin) / (radius > 0 ? radius : 1);
  const distance = VIEWER * (radius > 0 ? radius : 1);
  return (place) => {
    const [right, up, towards] = rotated(rotation, [
      place[0] - centre[0],
      place[1] - centre[1],
      place[2] - centre[2],
    ]);
    // What lies outside the ball shown may be near the viewer or behind him.
    const size = distance / Math.max(distance / 4, distance - towards);
    return {
      x: width / 2 + right * scale * size,
      y: height / 2 - up * scale * size,
      size,
      nearness: Math.min(1, Math.max(0, (1 + towards / (radius > 0 ? radius : 1)) / 2)),
    };
  };
}

/** Far ones first, so that near ones are painted over them; those equally far in the order given. */
export const paintOrder = <T extends { nearness: number }>(marks: readonly T[]): T[] =>
  marks.toSorted((a, b) => a.nearness - b.nearness);

/** All marks of a scene, far to near. What has no place, NaN or infinite, is left out. */
export function marksOf(scene: SpaceScene, frame: SpaceFrame): Mark[] {
  const place = projection(frame);
  const marks: { nearness: number; mark: Mark }[] = [];
  const add = (nearness: number, mark: Mark) => marks.push({ nearness, mark });
  const addLine = (from: Vector3, to: Vector3, colour: string | null, dashed: boolean) => {
    for (let i = 0; i < PIECES; i++) {
      const [start, end] = [place(mixed(from, to, i / PIECES)), place(mixed(from, to, (i + 1) / PIECES))];
      add((start.nearness + end.nearness) / 2, { kind: 'line', from: start, to: end, colour, dashed });
    }
  };

  for (const { from, to, kind, name } of scene.edges) {
    if (!isFinitePlace(from) || !isFinitePlace(to)) continue;
    addLine(from, to, null, kind === 'axis');
    const spot = place(to);
    if (name !== undefined) add(spot.nearness, { kind: 'name', spot, name });
  }
  for (const { tip, colour } of scene.arrows) {
    if (!isFinitePlace(tip)) continue;
    const [start, spot] = [place(ORIGIN), place(tip)];
    const [dx, dy] = [spot.x - start.x, spot.y - start.y];
    addLine(ORIGIN, tip, colour, false);
    // Seen nearly from its end an arrow is short, and so is its head.
    const length = Math.min(HEAD * spot.size, Math.hypot(dx, dy));
    add(spot.nearness, { kind: 'head', spot, angle: Math.atan2(dy, dx), length, colour });
  }
  for (const { at, colour, centre } of scene.points) {
    if (!isFinitePlace(at)) continue;
    const spot = place(at);
    add(spot.nearness, centre ? { kind: 'centre', spot, colour, ...centre } : { kind: 'dot', spot, colour });
  }
  return paintOrder(marks).map(({ mark }) => mark);
}
