import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { undoPaeth } from '../../src/data/paeth';

type Shape = readonly [number, number, number];

/** The forward direction, written from PNG's definition, pixel by pixel. */
function paethOf(pixels: Uint8Array, [height, width, channels]: Shape): Uint8Array {
  const imageBytes = height * width * channels;
  const residuals = pixels.map((pixel, at) => {
    const [row, column, channel] = [
      Math.floor((at % imageBytes) / (width * channels)),
      Math.floor(at / channels) % width,
      at % channels,
    ];
    const pixelAt = (r: number, c: number) =>
      r < 0 || c < 0
        ? 0
        : (pixels[Math.floor(at / imageBytes) * imageBytes + (r * width + c) * channels + channel] ?? NaN);
    const [a, b, c] = [pixelAt(row, column - 1), pixelAt(row - 1, column), pixelAt(row - 1, column - 1)];
    const guess = a + b - c;
    const nearest = [a, b, c].reduce((best, x) => (Math.abs(guess - x) < Math.abs(guess - best) ? x : best));
    return pixel - nearest;
  });
  return channels === 3
    ? residuals.map((value, at) => (at % 3 === 1 ? value : value - (residuals[at - (at % 3) + 1] ?? NaN)))
    : residuals;
}

describe('Paeth residuals', () => {
  it('turn back into the pixels they came from', () => {
    const images = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.constantFrom(1, 3))
      .chain(([height, width, channels]) => {
        const length = 2 * height * width * channels;
        return fc.record({
          shape: fc.constant<Shape>([height, width, channels]),
          pixels: fc.uint8Array({ minLength: length, maxLength: length }),
        });
      });
    fc.assert(
      fc.property(images, ({ shape, pixels }) => {
        const bytes = paethOf(pixels, shape);
        undoPaeth(bytes, shape);
        expect(bytes).toEqual(pixels);
      }),
    );
  });
});
