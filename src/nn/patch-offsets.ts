/**
 * Places in an image of all numbers of its square patches, one patch after the other. Patches run row by row over the image;
 * within a patch pixels run row by row, channels last.
 * @param patch their side in pixels, a divisor of height and width
 */
export function patchOffsets(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  patch: number,
): Int32Array {
  const patchValues = patch * patch * channels;
  const perRow = width / patch;
  return Int32Array.from({ length: height * width * channels }, (_, at) => {
    const [index, inPatch] = [Math.floor(at / patchValues), at % patchValues];
    const row = Math.floor(index / perRow) * patch + Math.floor(inPatch / (patch * channels));
    const column = (index % perRow) * patch + (Math.floor(inPatch / channels) % patch);
    return (row * width + column) * channels + (inPatch % channels);
  });
}
