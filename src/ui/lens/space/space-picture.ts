import type { Vector3 } from './vector';

/** A small dot; or, as a centre, a large marker with a name beside it. */
export interface SpacePoint {
  at: Vector3;
  /** CSS colour. */
  colour: string;
  /** Number of the marker's shape, as `markerPath` counts them, and what is written beside it. */
  centre?: { shape: number; name: string };
}

/** An arrow from the origin. */
export interface SpaceArrow {
  tip: Vector3;
  /** CSS colour. */
  colour: string;
}

/** A thin line for reference: a side of a simplex, or, dashed, an axis. */
export interface SpaceEdge {
  from: Vector3;
  to: Vector3;
  kind: 'side' | 'axis';
  /** Written at its end. */
  name?: string;
}

/** Everything in a picture of space. */
export interface SpaceScene {
  points: readonly SpacePoint[];
  arrows: readonly SpaceArrow[];
  edges: readonly SpaceEdge[];
}

/** The part of space that a picture shows: a ball. */
export interface SpaceExtent {
  centre: Vector3;
  radius: number;
}
