/** Longest edge at which a picture is read; data sets are far smaller. */
const LONGEST = 512;

/** Reads a picture file of any kind the browser knows, at most 512 pixels long; null where it is none. */
export async function readPicture(file: Blob): Promise<ImageData | null> {
  const bitmap = await createImageBitmap(file).catch(() => null); // refused: not a picture
  if (!bitmap) return null;
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
