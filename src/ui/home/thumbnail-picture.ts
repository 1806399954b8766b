import type { Listing } from '../../run/listing';
import type { Thumbnail } from '../../run/recording';

/** A variant's curves in a panel of 100 × 56, ready to be drawn. */
export interface Panel {
  variant: string;
  /** Place in the palette. */
  number: number;
  /** One path per seed. */
  paths: readonly string[];
}

export const [WIDTH, HEIGHT] = [100, 56];
/** Room for half a line at the edges. */
const EDGE = 2;
/** Values further apart than this are drawn on a logarithmic axis, where they allow it. */
const WIDE = 200;

type Scale = (value: number) => number;

/** Heights of all values, from the lowest to the highest: a picture without numbers shows shapes. */
function scaleOf(values: readonly number[]): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const log = least > 0 && most / least > WIDE;
  const place = (value: number): number => (log ? Math.log(value) : value);
  const [low, high] = [place(least), place(most)];
  const span = high - low || 1;
  return (value) => HEIGHT - EDGE - ((place(value) - low) / span) * (HEIGHT - 2 * EDGE);
}

/** Palette places: baseline, method, then the others in order, as the experiment's page has them. */
export function paletteOrder(
  { baseline, compare }: Pick<Listing, 'baseline' | 'compare'>,
  variants: readonly string[],
): ReadonlyMap<string, number> {
  const method = compare.filter((name) => name !== baseline).slice(0, 1);
  return new Map([...new Set([baseline, ...method, ...compare, ...variants])].map((name, i) => [name, i]));
}

/** Points joined by straight lines; a missing one leaves a gap. */
function pathOf(values: readonly (number | null)[], xs: readonly number[], y: Scale): string {
  let pen = 'M';
  return values
    .map((value, i) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const command = `${pen}${(xs[i] ?? 0).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = 'L';
      return command;
    })
    .join('');
}

/** One panel for each recorded variant, all to the same scale. */
export function thumbnailPanels(listing: Listing, { steps, curves }: Thumbnail): Panel[] {
  const values = curves.flatMap((curve) => curve.values.flat()).filter((value) => value !== null);
  if (values.length === 0) return [];
  const y = scaleOf(values);
  const last = steps.at(-1) ?? 0;
  const xs = steps.map((step) => EDGE + (last > 0 ? step / last : 0) * (WIDTH - 2 * EDGE));
  const numbers = paletteOrder(
    listing,
    curves.map(({ variant }) => variant),
  );
  return curves.map((curve) => ({
    variant: curve.variant,
    number: numbers.get(curve.variant) ?? 0,
    paths: curve.values.map((one) => pathOf(one, xs, y)),
  }));
}
