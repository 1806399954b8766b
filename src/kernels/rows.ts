import { sizeOf, u32, type Param, type Shape } from './kernel';
import { ShapeError } from './shape-error';

/** Columns of a tensor seen as a matrix whose rows run along the last axis. */
export const columnsOf = (shape: Shape): number => shape.at(-1) ?? 1;

/** Rows of that matrix: everything before the last axis. */
export const rowsOf = (shape: Shape): number => sizeOf(shape.slice(0, -1));

/** The two as the first fields of `Params`. */
export const rowParams = (shape: Shape): { rows: Param; columns: Param } => ({
  rows: u32(rowsOf(shape)),
  columns: u32(columnsOf(shape)),
});

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;

/** @throws ShapeError naming both unless the shapes are equal. */
export function requireEqual(kernel: string, a: string, shapeA: Shape, b: string, shapeB: Shape): void {
  if (shapeA.length !== shapeB.length || shapeA.some((extent, i) => extent !== shapeB[i])) {
    throw new ShapeError(
      `${kernel}: ${a} ${shapeText(shapeA)} and ${b} ${shapeText(shapeB)} must have the same shape`,
    );
  }
}
