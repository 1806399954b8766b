/** An image as data sets hold it: bytes, `[height, width, channels]`, of 1 (grey) or 3 (colour) channels. */
export interface ImageBytes {
  height: number;
  width: number;
  channels: number;
  pixels: Uint8Array;
}

export type ImageShape = Omit<ImageBytes, 'pixels'>;

export const blankImage = ({ height, width, channels }: ImageShape): ImageBytes => ({
  height,
  width,
  channels,
  pixels: new Uint8Array(height * width * channels),
});

/** Number `index` of images stored one after the other, `[images, height, width, channels]`. */
export function imageOf(
  stored: { shape: readonly number[]; values: ArrayLike<number> },
  index: number,
): ImageBytes | null {
  const [images = 0, height = 0, width = 0, channels = 0] = stored.shape;
  if (index < 0 || index >= images) return null;
  const length = height * width * channels;
  const pixels = Uint8Array.from({ length }, (_, i) => stored.values[index * length + i] ?? 0);
  return { height, width, channels, pixels };
}

/** Opaque RGBA of an image, as a canvas takes it, `[height, width, 4]`. */
export function rgbaOf({ height, width, channels, pixels }: ImageBytes): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(height * width * 4);
  for (let i = 0; i < height * width; i++) {
    for (let colour = 0; colour < 3; colour++)
      rgba[4 * i + colour] = pixels[i * channels + (channels === 1 ? 0 : colour)] ?? 0;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** Light for dark. */
export const inverted = (image: ImageBytes): ImageBytes => ({
  ...image,
  pixels: image.pixels.map((value) => 255 - value),
});

/** Luma of ITU-R BT.601, which turns colour to grey. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Brings a picture of any size to a data set's shape: the largest centred part of the same proportions, each pixel the
 * mean over the area it covers; grey by luma for one channel; what is see-through lies on black.
 * @param rgba bytes, `[height, width, 4]`
 */
export function fitted(
  rgba: ArrayLike<number>,
  source: { height: number; width: number },
  shape: ImageShape,
): ImageBytes {
  const scale = Math.min(source.height / shape.height, source.width / shape.width);
  const top = (source.height - scale * shape.height) / 2;
  const left = (source.width - scale * shape.width) / 2;
  const image = blankImage(shape);
  for (let y = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++) {
      const colour = meanColour(rgba, source, [top + y * scale, left + x * scale], scale);
      const grey = colour.reduce((sum, value, i) => sum + value * (LUMA[i] ?? 0), 0);
      for (let channel = 0; channel < shape.channels; channel++)
        image.pixels[(y * shape.width + x) * shape.channels + channel] = Math.round(
          shape.channels === 1 ? grey : (colour[channel] ?? 0),
        );
    }
  return image;
}

/** Mean colour of a square that may begin and end within pixels. */
function meanColour(
  rgba: ArrayLike<number>,
  { height, width }: { height: number; width: number },
  [top, left]: readonly [number, number],
  edge: number,
): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  let area = 0;
  for (let y = Math.floor(top); y < Math.min(height, top + edge); y++)
    for (let x = Math.floor(left); x < Math.min(width, left + edge); x++) {
      const covered =
        (Math.min(y + 1, top + edge) - Math.max(y, top)) * (Math.min(x + 1, left + edge) - Math.max(x, left));
      if (covered <= 0) continue;
      const at = 4 * (y * width + x);
      const opaque = (rgba[at + 3] ?? 0) / 255;
      for (let i = 0; i < 3; i++) sum[i] = (sum[i] ?? 0) + covered * opaque * (rgba[at + i] ?? 0);
      area += covered;
    }
  return area > 0 ? [sum[0] / area, sum[1] / area, sum[2] / area] : sum;
}
