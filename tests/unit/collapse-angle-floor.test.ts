import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { angleFloor } from '../../src/methods/collapse/angle-floor';
import { maximalAngle, simplexFrame } from '../../src/methods/collapse/simplex-geometry';
import { normals } from './collapse-features';

const circle = (angles: readonly number[]) =>
  new Matrix(angles.map((turn) => [Math.cos(turn), Math.sin(turn)]));
const floor = (features: number) => angleFloor(10, features) ?? NaN;

/** Descent on the mean of √((cos + 1/9)² + ε²) with ever smaller ε. */
function descended(start: Matrix, steps: number): number {
  const v = start.clone();
  const normalise = () => v.divColumnVector(v.to2DArray().map((row) => Math.hypot(...row)));
  for (let step = 0; step < steps; step++) {
    normalise();
    const smooth = 0.3 * 1e-4 ** (step / steps);
    const slope = v.mmul(v.transpose()).add(1 / 9);
    slope.apply((i: number, j: number) => {
      const value = slope.get(i, j);
      slope.set(i, j, i === j ? 0 : value / Math.hypot(value, smooth));
    });
    v.sub(slope.mmul(v).mul(0.05 * 1e-5 ** (step / steps)));
  }
  return maximalAngle(normalise());
}

describe('the floor of the largest angles', () => {
  it('falls with the dimension and ends where a simplex fits', () => {
    const floors = Array.from({ length: 9 }, (_, i) => floor(i + 1));
    expect(floors).toEqual([...floors].sort((a, b) => b - a));
    expect([floor(9), floor(64), angleFloor(4, 3)]).toEqual([0, 0, 0]);
    expect(maximalAngle(simplexFrame(10))).toBeLessThan(1e-12);
    expect(angleFloor(7, 3)).toBeNull();
  });

  it('lies below what arrangements by hand reach', () => {
    const evenly = circle(Array.from({ length: 10 }, (_, k) => (2 * Math.PI * k) / 10));
    expect(maximalAngle(evenly)).toBeCloseTo(0.596, 3);
    const cross = circle([0, 0, 0, 2, 2, 1, 1, 1, 3, 3].map((quarters) => (Math.PI / 2) * quarters));
    expect(maximalAngle(cross)).toBeGreaterThan(floor(2));
    const line = Matrix.columnVector([1, 1, 1, 1, 1, -1, -1, -1, -1, -1]);
    expect(maximalAngle(line)).toBeCloseTo(floor(1), 4);
  });

  it('is reached by descent, and not passed', () => {
    for (const features of [2, 3, 5]) {
      const starts = Array.from({ length: 8 }, (_, i) =>
        descended(normals(createRng(i).fork(`${features}`), 10, features), 500),
      );
      expect(Math.min(...starts), `${features}`).toBeGreaterThan(floor(features) - 1e-3);
      expect(Math.min(...starts), `${features}`).toBeLessThan(1.15 * floor(features));
    }
  });
});
