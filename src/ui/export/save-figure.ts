import { download } from './download';
import type { FigureOrigin } from './figure-origin';
import { pictureOf } from './figure-svg';
import { svgFile } from './picture';
import { exportName, fileNamePart } from './file-name';
import { pngOf } from './picture-png';

export type PictureFormat = 'svg' | 'png';

/** Saves a figure of the page as a picture, named after its title. */
export async function saveFigure(
  figure: HTMLElement,
  title: string,
  format: PictureFormat,
  origin: FigureOrigin,
): Promise<void> {
  await document.fonts.ready;
  const picture = await pictureOf(figure, origin);
  const name = exportName(
    `${origin.experiment}-${fileNamePart(title).toLowerCase()}`,
    new Date(),
    `.${format}`,
  );
  if (format === 'svg') download(name, svgFile(picture), 'image/svg+xml');
  else download(name, await pngOf(picture), 'image/png');
}
