import type { ImageBytes } from './image-bytes';

/** A place in an image, in pixels from its top left corner; (0.5, 0.5) is the middle of the first pixel. */
export interface Point {
  x: number;
  y: number;
}

export interface Pen {
  /** Thickness of its line, in pixels of the image. */
  width: number;
  /** One byte per channel of the image. */
  colour: readonly number[];
}

/** Softness of the line's rim, in pixels. */
const RIM = 1;

/**
 * The image with a straight line of the pen, round at both ends. Each pixel moves towards the pen's colour by how much
 * of it the line covers, and a line drawn again over itself leaves it as it is.
 * @param before the image before the whole stroke: covering it anew keeps overlapping pieces from adding up
 * @param covered how much of each pixel the stroke covers so far, 0 to 1; brought up to date
 */
export function drawLine(
  before: ImageBytes,
  covered: Float32Array,
  from: Point,
  to: Point,
  pen: Pen,
): ImageBytes {
  const { height, width, channels } = before;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const lengthSquared = dx * dx + dy * dy;
  const pixels = new Uint8Array(before.pixels.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = lengthSquared > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared)) : 0;
      const distance = Math.hypot(px - along * dx, py - along * dy);
      const reach = Math.min(1, Math.max(0, (pen.width / 2 + RIM / 2 - distance) / RIM));
      const cover = Math.max(covered[i] ?? 0, reach);
      covered[i] = cover;
      for (let channel = 0; channel < channels; channel++) {
        const old = before.pixels[i * channels + channel] ?? 0;
        pixels[i * channels + channel] = Math.round(old + cover * ((pen.colour[channel] ?? 0) - old));
      }
    }
  return { ...before, pixels };
}

/** `#rrggbb` as bytes. */
export const bytesOfColour = (hex: string): [number, number, number] => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];
