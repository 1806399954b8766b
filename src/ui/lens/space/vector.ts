/** A place or direction in space. The third coordinate points up. */
export type Vector3 = readonly [x: number, y: number, z: number];

export const ORIGIN: Vector3 = [0, 0, 0];

export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const lengthOf = (v: Vector3): number => Math.hypot(v[0], v[1], v[2]);

export const scaled = (v: Vector3, factor: number): Vector3 => [v[0] * factor, v[1] * factor, v[2] * factor];

/** `a` at share 0, `b` at share 1, evenly in between. */
export const mixed = (a: Vector3, b: Vector3, share: number): Vector3 => [
  a[0] + share * (b[0] - a[0]),
  a[1] + share * (b[1] - a[1]),
  a[2] + share * (b[2] - a[2]),
];

export const distance = (a: Vector3, b: Vector3): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

export const isFinitePlace = (v: Vector3): boolean => v.every(Number.isFinite);
