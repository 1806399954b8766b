import { describe, expect, it } from 'vitest';
import { simplexGrid } from '../../src/math/simplex-grid';

describe('the grid on a simplex', () => {
  it('has 36 points of three coordinates in steps of 0.1', () => {
    const grid = simplexGrid(3, 10);
    expect(grid).toHaveLength(36);
    expect(new Set(grid.map(String)).size).toBe(36);
    for (const point of grid) {
      expect(point.reduce((total, x) => total + x, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...point)).toBeGreaterThan(0.09);
    }
    expect(grid[0]).toEqual([0.1, 0.1, 0.8]);
    expect(simplexGrid(1, 10)).toEqual([[1]]);
    expect(simplexGrid(2, 50)).toHaveLength(49);
    expect(simplexGrid(4, 4)).toEqual([[0.25, 0.25, 0.25, 0.25]]);
  });

  it('refuses grids that are none or too large', () => {
    for (const [coordinates, divisions] of [
      [0, 10],
      [1.5, 10],
      [3, 2],
      [20, 50],
    ] as const)
      expect(() => simplexGrid(coordinates, divisions)).toThrow(RangeError);
  });
});
