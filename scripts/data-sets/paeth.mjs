/**
 * PNG's Paeth prediction, image by image: each byte becomes its difference from the neighbour (left, above or above
 * left, same channel) that the three of them suggest. In colour images the green residual is then taken from the red
 * and the blue one, since the channels change together. Smooth images get shorter; `src/data/paeth.ts` undoes it.
 */

/** @typedef {readonly [height: number, width: number, channels: number]} Shape */

/** @param {number} left @param {number} above @param {number} corner */
function predict(left, above, corner) {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/**
 * Predicts the byte at `at` from bytes before it in the same image.
 * @param {Uint8Array} pixels
 * @param {number} at index of the byte
 * @param {number} row its row in the image
 * @param {number} column its column, in bytes
 * @param {Shape} shape
 */
function predictAt(pixels, at, row, column, [, width, channels]) {
  const left = column >= channels ? pixels[at - channels] : 0;
  const above = row > 0 ? pixels[at - width * channels] : 0;
  const corner = row > 0 && column >= channels ? pixels[at - width * channels - channels] : 0;
  return predict(left, above, corner);
}

/**
 * @param {Uint8Array} pixels whole images, row-major `[count, height, width, channels]`
 * @param {Shape} shape
 * @returns {Uint8Array} as many residuals
 */
export function toResiduals(pixels, shape) {
  const [height, width, channels] = shape;
  const residuals = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length;) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width * channels; column++, at++) {
        residuals[at] = pixels[at] - predictAt(pixels, at, row, column, shape);
      }
    }
  }
  if (channels === 3) {
    for (let at = 0; at < residuals.length; at += 3) {
      residuals[at] -= residuals[at + 1];
      residuals[at + 2] -= residuals[at + 1];
    }
  }
  return residuals;
}

/**
 * The inverse, for single-channel images (the only ones that the repository itself keeps in this form).
 * @param {Uint8Array} residuals
 * @param {number} height pixels
 * @param {number} width pixels
 */
export function fromGreyResiduals(residuals, height, width) {
  const pixels = new Uint8Array(residuals.length);
  for (let at = 0; at < residuals.length;) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at++) {
        pixels[at] = residuals[at] + predictAt(pixels, at, row, column, [height, width, 1]);
      }
    }
  }
  return pixels;
}
