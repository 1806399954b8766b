import { svgFile, type Picture } from './picture';

/** Pixels for one of the page's, so that a picture is sharp in print and on every screen. */
const SCALE = 2;
/** Of the square in which a sample character of a font stands. */
const CELL = 40;
/** How often the samples are looked at, and for how long at most. */
const LOOK_MS = 30;
const PATIENCE_MS = 5000;

/**
 * A picture in pixels, twice as many each way as it has on the page.
 * @throws Error where the browser cannot draw it.
 */
export async function pngOf(picture: Picture): Promise<Blob> {
  const { width, height } = picture;
  const samples = samplesOf(picture);
  const rows = Math.ceil(samples.length / columnsOf(width));
  const file = svgFile(picture, sampleTexts(picture, samples), rows * CELL);
  const url = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    await fontsIn(image, picture, samples.length);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
    canvas.getContext('2d')?.drawImage(image, 0, 0, width * SCALE, (height + rows * CELL) * SCALE);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (!blob) throw new Error('This browser could not draw the picture; save it as SVG.');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}

const columnsOf = (width: number): number => Math.max(1, Math.floor(width / CELL));

/** A character of every font file in every family and weight: what it is drawn with may come at its own time. */
const samplesOf = ({ pens, samples }: Picture): { pen: string; sample: string }[] =>
  pens.flatMap((pen) => samples.map((sample) => ({ pen, sample })));

/** The samples in the strip below the picture, which is cut off. */
function sampleTexts({ width, height }: Picture, samples: ReturnType<typeof samplesOf>): string {
  const columns = columnsOf(width);
  const texts = samples.map(({ pen, sample }, i) => {
    const [x, y] = [(i % columns) * CELL + CELL / 4, height + Math.floor(i / columns) * CELL + 0.75 * CELL];
    return `<text x="${x}" y="${y}" ${pen} font-size="${0.6 * CELL}" fill="#000000">&#${sample.codePointAt(0) ?? 0x78};</text>`;
  });
  return texts.join('');
}

/**
 * Waits until the picture draws its texts. Fonts inside a picture are read when it is first drawn, nothing tells when
 * they are there, and until then their texts are blank.
 */
async function fontsIn(image: HTMLImageElement, { width, height }: Picture, samples: number): Promise<void> {
  const columns = columnsOf(width);
  const rows = Math.ceil(samples / columns);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, rows * CELL];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context || samples === 0) return;
  const isInked = (sample: number): boolean => {
    const [x, y] = [(sample % columns) * CELL, Math.floor(sample / columns) * CELL];
    return context.getImageData(x, y, CELL, CELL).data.some((value, i) => i % 4 === 0 && value < 0xc0);
  };
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    context.drawImage(image, 0, -height);
    if (Array.from({ length: samples }, (_, i) => isInked(i)).every(Boolean)) return;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
