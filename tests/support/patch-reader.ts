import type { Dataset, Split } from '../../src/data/data-source';

/**
 * Cuts images into square patches and standardises them: (pixel / 255 − mean) / standard deviation, per channel.
 * Patches run row by row over the image; within a patch pixels run row by row, channels last.
 */
export class PatchReader {
  /** Patches of an image. */
  readonly patches: number;
  /** Numbers in a patch: patch² × channels. */
  readonly patchValues: number;
  /** Offset into an image of each number of its patches. */
  private readonly source: Uint32Array;
  /** Standardised value of each byte, per channel: `[channels, 256]`. */
  private readonly standardised: Float32Array;
  private readonly imageValues: number;
  private readonly channels: number;

  /** @throws RangeError when the patch does not divide the image. */
  constructor(dataset: Pick<Dataset, 'name' | 'shape' | 'mean' | 'standardDeviation'>, patch: number) {
    const [height, width, channels] = dataset.shape;
    if (height % patch !== 0 || width % patch !== 0)
      throw new RangeError(
        `A patch of ${patch} pixels does not divide the ${height} × ${width} images of ${dataset.name}`,
      );
    this.channels = channels;
    this.patches = (height / patch) * (width / patch);
    this.patchValues = patch * patch * channels;
    this.imageValues = height * width * channels;
    this.source = new Uint32Array(this.imageValues);
    const perRow = width / patch;
    for (let at = 0; at < this.imageValues; at++) {
      const inPatch = at % this.patchValues;
      const index = Math.floor(at / this.patchValues);
      const row = Math.floor(index / perRow) * patch + Math.floor(inPatch / (patch * channels));
      const column = (index % perRow) * patch + (Math.floor(inPatch / channels) % patch);
      this.source[at] = (row * width + column) * channels + (inPatch % channels);
    }
    this.standardised = new Float32Array(256 * channels);
    for (let channel = 0; channel < channels; channel++)
      for (let byte = 0; byte < 256; byte++)
        this.standardised[channel * 256 + byte] =
          (byte / 255 - (dataset.mean[channel] ?? 0)) / (dataset.standardDeviation[channel] ?? 1);
  }

  /** Patches and labels of the named examples: `[examples, patches, patchValues]` row-major, and `[examples]`. */
  read(split: Split, examples: ArrayLike<number>): { patches: Float32Array; labels: Int32Array } {
    const patches = new Float32Array(examples.length * this.imageValues);
    const labels = new Int32Array(examples.length);
    for (let i = 0; i < examples.length; i++) {
      const example = examples[i] ?? 0;
      labels[i] = split.labels[example] ?? 0;
      const image = example * this.imageValues;
      const out = i * this.imageValues;
      for (let at = 0; at < this.imageValues; at++) {
        const byte = split.pixels[image + (this.source[at] ?? 0)] ?? 0;
        patches[out + at] = this.standardised[(at % this.channels) * 256 + byte] ?? 0;
      }
    }
    return { patches, labels };
  }
}
