import type { ImageBytes } from './image-bytes';
import { fractionOf, magnitudeColour, type Range } from './magnitude';
import type { PatchGrid } from './patch-grid';

/** One pixel per cell, coloured by the cell's value; cells without one are black. */
export function heatImage({ rows, columns }: PatchGrid, values: readonly number[], range: Range): ImageBytes {
  const pixels = new Uint8Array(rows * columns * 3);
  for (let cell = 0; cell < rows * columns; cell++) {
    const value = values[cell] ?? NaN;
    if (Number.isFinite(value)) pixels.set(magnitudeColour(fractionOf(range, value)), 3 * cell);
  }
  return { height: rows, width: columns, channels: 3, pixels };
}
