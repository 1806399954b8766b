import { slotColour, slotShape, OTHER_COLOUR } from './class-colours';
import { frameCorners, type FrameKind } from './class-simplex';
import { figuresOf, type DrawnClass, type PlacedClasses, type Placing } from './placed-classes';
import type { SpaceEdge, SpaceScene } from './space-picture';
import { ORIGIN, scaled, type Vector3 } from './vector';

interface SceneOptions {
  names: readonly string[];
  /** All classes there are. */
  classes: number;
  frame: FrameKind;
  /** Length of the axes where features are drawn as they are. */
  radius: number;
}

const colourOf = ({ slot }: DrawnClass): string => (slot === null ? OTHER_COLOUR : slotColour(slot));

/**
 * Samples as dots, class means as large markers, classifier rows as arrows that are scaled to the class means' mean length; for
 * reference the sides of a regular simplex whose corners are as far from 0 as the class means are on average, or the axes.
 */
export function classScene(placing: Placing, placed: PlacedClasses, options: SceneOptions): SpaceScene {
  const { names, classes, frame, radius } = options;
  const { drawn, corners } = placing;
  const { meanLength, rowLength } = figuresOf(placing, placed);
  return {
    points: [
      ...placed.samples.map(({ at, drawn: of }) => {
        const its = drawn[of];
        return { at, colour: its ? colourOf(its) : OTHER_COLOUR };
      }),
      ...drawn.map((its, i) => ({
        at: placed.means[i] ?? ORIGIN,
        colour: colourOf(its),
        centre: { shape: its.slot === null ? 1 : slotShape(its.slot), name: names[its.label] ?? '' },
      })),
    ],
    arrows: placed.rows.map((row, i) => {
      const its = drawn[i];
      return {
        tip: scaled(row, rowLength > 0 ? meanLength / rowLength : NaN),
        colour: its ? colourOf(its) : OTHER_COLOUR,
      };
    }),
    edges:
      corners.length > 0
        ? simplexEdges(frameCorners(corners.length, meanLength, classes, frame))
        : axes(placed, radius),
  };
}

/** Sides, and for three classes the axis of what they share. */
function simplexEdges(corners: readonly Vector3[]): SpaceEdge[] {
  const sides = corners.flatMap((from, i) =>
    corners.slice(i + 1).map((to) => ({ from, to, kind: 'side' as const })),
  );
  const height = corners[0]?.[2] ?? 0;
  return corners.length === 3
    ? [...sides, { from: ORIGIN, to: [0, 0, height], kind: 'axis', name: 'shared' }]
    : sides;
}

/** Axes of the features there are. */
function axes({ means }: PlacedClasses, radius: number): SpaceEdge[] {
  const used = [0, 1, 2].filter((axis) => means.some((mean) => mean[axis] !== 0));
  return used.map((axis) => {
    const unit: Vector3 = [Number(axis === 0), Number(axis === 1), Number(axis === 2)];
    return { from: ORIGIN, to: scaled(unit, radius), kind: 'axis', name: `feature ${axis + 1}` };
  });
}
