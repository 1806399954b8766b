import type { ImageBytes } from '../../../ui/lens/image-bytes';
import type { Theme } from '../../../ui/palette';
import { filterSize, type FilterBank } from './filter-bank';
import { signedByte, signedColour, signedFraction } from './signed-colour';

/** How weights become colours. */
export interface FilterColours {
  theme: Theme;
  /** Size of weight at the ends of a filter's scale. */
  limitOf: (filter: number) => number;
}

/** Number of columns in which filters are laid out: as many as fit, fewer where that leaves no row half empty. */
export function columnsFor(
  count: number,
  room: number,
  { least, most = 8 }: { least: number; most?: number },
): number {
  const fit = Math.max(1, Math.min(count, most, Math.floor(room / least)));
  for (let columns = fit; columns > fit / 2; columns--) if (count % columns === 0) return columns;
  return fit;
}

/**
 * Filters as one picture, row by row from the top left. One channel is drawn in signed colours, three as colour around
 * middle grey. Places without a filter have the paper's colour.
 */
export function filterMosaic(
  bank: FilterBank,
  columns: number,
  { theme, limitOf }: FilterColours,
): ImageBytes {
  const { count, height, width, channels, values } = bank;
  const rows = Math.ceil(count / columns);
  const across = columns * width;
  const pixels = new Uint8Array(rows * height * across * 3);
  const paper = signedColour(theme, 0);
  for (let cell = 0; cell < rows * columns; cell++) {
    const limit = cell < count ? limitOf(cell) : 1;
    for (let i = 0; i < height * width; i++) {
      const from = cell * filterSize(bank) + i * channels;
      const fraction = (channel: number) => signedFraction(values[from + channel] ?? NaN, limit);
      const y = Math.floor(cell / columns) * height + Math.floor(i / width);
      const x = (cell % columns) * width + (i % width);
      const colour =
        cell >= count
          ? paper
          : channels === 3
            ? [0, 1, 2].map((channel) => signedByte(fraction(channel)))
            : signedColour(theme, fraction(0));
      pixels.set(colour, 3 * (y * across + x));
    }
  }
  return { height: rows * height, width: across, channels: 3, pixels };
}

/** One filter alone. */
export function filterPicture(
  bank: FilterBank,
  filter: number,
  { theme, limitOf }: FilterColours,
): ImageBytes {
  const size = filterSize(bank);
  const values = Float32Array.from({ length: size }, (_, i) => bank.values[filter * size + i] ?? NaN);
  return filterMosaic({ ...bank, count: 1, values }, 1, { theme, limitOf: () => limitOf(filter) });
}

/** Where a key leads among filters laid out in columns; null for keys that mean nothing here. */
export function filterAfterKey(count: number, columns: number, filter: number, key: string): number | null {
  const strides: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const stride = strides[key];
  if (stride === undefined) return null;
  const next = filter + stride;
  return next < 0 || next >= count ? filter : next;
}
