/**
 * Turns Paeth residuals back into pixels, in place. Each byte was stored as its difference from the neighbour that
 * left, above and corner suggest (PNG's predictor, same channel, zero outside the image); in colour images the green
 * residual was then taken from the red and the blue one. `scripts/paeth.mjs` is the other direction.
 * @param bytes whole images, row-major `[count, height, width, channels]`
 */
export function undoPaeth(
  bytes: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): void {
  if (channels === 3) restoreRedAndBlue(bytes);
  const rowBytes = width * channels;
  const imageBytes = height * rowBytes;
  for (let image = 0; image < bytes.length; image += imageBytes) {
    for (let row = 0; row < height; row++) {
      const start = image + row * rowBytes;
      for (let column = 0; column < rowBytes; column++) {
        const at = start + column;
        const left = column >= channels ? (bytes[at - channels] ?? 0) : 0;
        const above = row > 0 ? (bytes[at - rowBytes] ?? 0) : 0;
        const corner = row > 0 && column >= channels ? (bytes[at - rowBytes - channels] ?? 0) : 0;
        bytes[at] = (bytes[at] ?? 0) + predict(left, above, corner); // modulo 256
      }
    }
  }
}

function restoreRedAndBlue(bytes: Uint8Array): void {
  for (let at = 0; at + 2 < bytes.length; at += 3) {
    const green = bytes[at + 1] ?? 0;
    bytes[at] = (bytes[at] ?? 0) + green;
    bytes[at + 2] = (bytes[at + 2] ?? 0) + green;
  }
}

function predict(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
