import type { Picture } from './figure-svg';

/** Pixels for one of the page's, so that a picture is sharp in print and on every screen. */
const SCALE = 2;

/**
 * A picture in pixels, twice as many each way as it has on the page.
 * @throws Error where the browser cannot draw it.
 */
export async function pngOf({ svg, width, height }: Picture): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('This browser could not draw the picture; save it as SVG.');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
