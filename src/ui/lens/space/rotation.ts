import { dot, type Vector3 } from './vector';

/** From where space is seen, in radians. */
export interface View {
  /** Turn about the vertical axis; anticlockwise as seen from above it turns the viewer. */
  yaw: number;
  /** Height of the viewer over the horizon: 0 looks from the side, π/2 from above. */
  elevation: number;
}

/** From above, the first axis to the right and the second up: a picture of the plane as it is usually drawn. */
export const FROM_ABOVE: View = { yaw: 0, elevation: Math.PI / 2 };

/** From half above, where level planes and heights can both be told. */
export const OBLIQUE: View = { yaw: -0.45, elevation: 0.75 };

/** Rows of an orthogonal matrix: which directions lie to the right, up, and towards the viewer. */
export type Rotation = readonly [right: Vector3, up: Vector3, towards: Vector3];

export function rotationOf({ yaw, elevation }: View): Rotation {
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [ce, se] = [Math.cos(elevation), Math.sin(elevation)];
  return [
    [cy, sy, 0],
    [-sy * se, cy * se, ce],
    [sy * ce, -cy * ce, se],
  ];
}

/** Coordinates to the right, up and towards the viewer. */
export const rotated = ([right, up, towards]: Rotation, v: Vector3): Vector3 => [
  dot(right, v),
  dot(up, v),
  dot(towards, v),
];

/**
 * The view after the near side of space has been pulled to the right and down by so many radians. The viewer stays between
 * straight above and straight below, so that up never turns into down.
 */
export const pulled = ({ yaw, elevation }: View, right: number, down: number): View => ({
  yaw: (yaw - right) % (2 * Math.PI),
  elevation: Math.min(Math.PI / 2, Math.max(-Math.PI / 2, elevation + down)),
});

/** One press of an arrow key; with Shift three times as far. */
const KEY_STEP = Math.PI / 36;

const KEY_PULLS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The view after a key; null for keys that turn nothing. */
export function viewAfterKey(view: View, key: string, far: boolean): View | null {
  const pull = KEY_PULLS[key];
  if (!pull) return null;
  const step = far ? 3 * KEY_STEP : KEY_STEP;
  return pulled(view, pull[0] * step, pull[1] * step);
}
