/**
 * The two colours of signed values as custom properties, as they follow the theme. The page's ink keeps a contrast of 4.5
 * on either of them, and on any mixture with the paper.
 */
export const SIGNED_STYLE = '--low: light-dark(#6f9bf2, #2c55b5); --high: light-dark(#ea9a55, #944a15);';

/** Signed values on two colours: which of them, and how much of it. */
export interface Tint {
  side: 'low' | 'high';
  /** Per cent of the colour, the rest is paper. */
  strength: number;
}

/**
 * Colour of a value on a scale that has none at its centre and all of it from `span` away on.
 * @returns null for values that are not finite
 */
export function tintOf(value: number, centre: number, span: number): Tint | null {
  if (!Number.isFinite(value)) return null;
  const share = span > 0 ? Math.min(1, Math.abs(value - centre) / span) : 0;
  return { side: value < centre ? 'low' : 'high', strength: Math.round(100 * share) };
}

/** The cell that a key leads to in a square of so many rows; null for keys that mean nothing here. */
export function cellAfterKey(
  { row, column }: { row: number; column: number },
  size: number,
  key: string,
): { row: number; column: number } | null {
  const within = (place: number): number => Math.max(0, Math.min(size - 1, place));
  switch (key) {
    case 'ArrowLeft':
      return { row, column: within(column - 1) };
    case 'ArrowRight':
      return { row, column: within(column + 1) };
    case 'ArrowUp':
      return { row: within(row - 1), column };
    case 'ArrowDown':
      return { row: within(row + 1), column };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: size - 1 };
    default:
      return null;
  }
}
