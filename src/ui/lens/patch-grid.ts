/** An image cut into square patches. Cells are numbered row by row from the top left, as tokens are. */
export interface PatchGrid {
  rows: number;
  columns: number;
}

/**
 * Patches of an image.
 * @returns null where the patch does not divide the image.
 */
export function patchGrid(height: number, width: number, patch: number): PatchGrid | null {
  const [rows, columns] = [height / patch, width / patch];
  return Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0
    ? { rows, columns }
    : null;
}

export const cellCount = ({ rows, columns }: PatchGrid): number => rows * columns;

/** Cell under a point given in fractions of the image; points outside count to the nearest edge. */
export function cellAt({ rows, columns }: PatchGrid, x: number, y: number): number {
  const within = (fraction: number, count: number) =>
    Math.min(count - 1, Math.max(0, Math.floor(fraction * count)));
  return within(y, rows) * columns + within(x, columns);
}

/** Row and column of a cell, counted from 1. */
export const placeOf = ({ columns }: PatchGrid, cell: number): { row: number; column: number } => ({
  row: Math.floor(cell / columns) + 1,
  column: (cell % columns) + 1,
});

/**
 * Where an arrow key leads among the tokens of an image. With a class token that is token 0, before the first patch.
 * @returns null for keys that mean nothing here.
 */
export function tokenAfterKey(
  grid: PatchGrid,
  classToken: boolean,
  token: number | null,
  key: string,
): number | null {
  const first = classToken ? 1 : 0;
  const last = first + cellCount(grid) - 1;
  const strides: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -grid.columns,
    ArrowDown: grid.columns,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  const stride = strides[key];
  if (stride === undefined) return null;
  if (token === null) return first;
  if (token < first) return stride > 0 ? first : token; // from the class token into the image
  const next = token + stride;
  if (Math.abs(stride) > 1) return next < first || next > last ? token : next;
  return Math.min(last, Math.max(0, next));
}

/** SVG path over all cells for which `wanted` holds, in units of one cell; neighbours in a row are one rectangle. */
export function cellsPath({ rows, columns }: PatchGrid, wanted: (cell: number) => boolean): string {
  let path = '';
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      if (!wanted(row * columns + column)) continue;
      const start = column;
      while (column + 1 < columns && wanted(row * columns + column + 1)) column++;
      path += `M${start},${row}h${column + 1 - start}v1h${start - column - 1}z`;
    }
  return path;
}

/** SVG path along every edge between a cell for which `inside` holds and one, or the image's rim, for which it does not. */
export function outlinePath({ rows, columns }: PatchGrid, inside: (cell: number) => boolean): string {
  const at = (row: number, column: number) =>
    row >= 0 && column >= 0 && row < rows && column < columns && inside(row * columns + column);
  let path = '';
  for (let row = 0; row <= rows; row++)
    for (let column = 0; column <= columns; column++) {
      if (column < columns && at(row, column) !== at(row - 1, column)) path += `M${column},${row}h1`;
      if (row < rows && at(row, column) !== at(row, column - 1)) path += `M${column},${row}v1`;
    }
  return path;
}
