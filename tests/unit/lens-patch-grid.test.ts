import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellAt,
  cellCount,
  cellsPath,
  outlinePath,
  patchGrid,
  placeOf,
  tokenAfterKey,
} from '../../src/ui/lens/patch-grid';

const grid = { rows: 2, columns: 3 };

describe('patch grid', () => {
  it('cuts an image into patches, and says so where the patch does not divide it', () => {
    expect(patchGrid(28, 28, 4)).toEqual({ rows: 7, columns: 7 });
    expect(patchGrid(32, 16, 8)).toEqual({ rows: 4, columns: 2 });
    expect(patchGrid(28, 28, 5)).toBeNull();
    expect(patchGrid(28, 28, NaN)).toBeNull();
  });

  it('numbers cells row by row, as tokens are', () => {
    expect(cellAt(grid, 0, 0)).toBe(0);
    expect(cellAt(grid, 0.99, 0.49)).toBe(2);
    expect(cellAt(grid, 0.4, 0.5)).toBe(4);
    expect(placeOf(grid, 4)).toEqual({ row: 2, column: 2 });
  });

  it('takes points beyond the image to its nearest edge', () => {
    expect(cellAt(grid, -0.1, 0.2)).toBe(0);
    expect(cellAt(grid, 1, 1)).toBe(5);
    expect(cellAt(grid, 7, -3)).toBe(2);
  });

  it('arrow keys walk over the patches and stay on them', () => {
    const after = (token: number | null, key: string) => tokenAfterKey(grid, false, token, key);
    expect(after(null, 'ArrowRight')).toBe(0);
    expect(after(0, 'ArrowRight')).toBe(1);
    expect(after(0, 'ArrowLeft')).toBe(0);
    expect(after(1, 'ArrowDown')).toBe(4);
    expect(after(4, 'ArrowDown')).toBe(4);
    expect(after(4, 'ArrowUp')).toBe(1);
    expect(after(5, 'ArrowRight')).toBe(5);
    expect(after(3, 'Home')).toBe(0);
    expect(after(3, 'End')).toBe(5);
    expect(after(3, 'a')).toBeNull();
  });

  it('the class token stands before the first patch', () => {
    const after = (token: number | null, key: string) => tokenAfterKey(grid, true, token, key);
    expect(after(null, 'ArrowDown')).toBe(1);
    expect(after(1, 'ArrowLeft')).toBe(0);
    expect(after(0, 'ArrowRight')).toBe(1);
    expect(after(0, 'ArrowDown')).toBe(1);
    expect(after(0, 'ArrowUp')).toBe(0);
    expect(after(2, 'ArrowUp')).toBe(2);
    expect(after(3, 'ArrowDown')).toBe(6);
    expect(after(null, 'End')).toBe(6);
  });

  it('a path covers exactly the wanted cells, in one rectangle for neighbours in a row', () => {
    expect(cellsPath(grid, (cell) => cell !== 1)).toBe('M0,0h1v1h-1zM2,0h1v1h-1zM0,1h3v1h-3z');
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (wanted) => {
        const path = cellsPath(grid, (cell) => wanted[cell] === true);
        const area = [...path.matchAll(/h(\d+)v1/g)].reduce((sum, [, width]) => sum + Number(width), 0);
        expect(area).toBe(wanted.filter(Boolean).length);
      }),
    );
  });

  it('an outline runs along every edge between inside and outside', () => {
    expect(outlinePath(grid, () => false)).toBe('');
    const edges = (inside: (cell: number) => boolean) =>
      [...outlinePath(grid, inside).matchAll(/[hv]1/g)].length;
    expect(edges((cell) => cell === 1)).toBe(4);
    expect(edges(() => true)).toBe(2 * (grid.rows + grid.columns));
    expect(edges((cell) => cell < 2)).toBe(6);
    expect(cellCount(grid)).toBe(6);
  });
});
