interface Place {
  x: number;
  y: number;
}

/** Where a name is written, in pixels, and which part of it lies there. */
export interface NamePlace extends Place {
  anchor: 'start' | 'middle' | 'end';
}

/** Height of letters over their line, in pixels. */
const LETTERS = 9;

/**
 * Writes a name beside its mark, on the side away from the middle of the picture, and within the picture.
 * @param gap from the mark's centre
 * @param length of the name, in pixels
 */
export function namePlace(
  { x, y }: Place,
  { width, height }: { width: number; height: number },
  gap: number,
  length: number,
): NamePlace {
  const [dx, dy] = [x - width / 2, y - height / 2];
  const far = Math.hypot(dx, dy);
  const [ux, uy] = far > 4 ? [dx / far, dy / far] : [0, 1];
  const anchor = ux > 0.5 ? 'start' : ux < -0.5 ? 'end' : 'middle';
  const left = anchor === 'start' ? 0 : anchor === 'end' ? length : length / 2;
  return {
    x: Math.min(width - length + left, Math.max(left, x + ux * gap)),
    y: Math.min(height - 4, Math.max(LETTERS + 3, y + uy * (gap + 2) + LETTERS / 2)),
    anchor,
  };
}
