import type { Snapshot } from '../../../run/snapshot';

/** The first of a first layer's filters at one moment. */
export interface FilterBank {
  count: number;
  height: number;
  width: number;
  channels: number;
  /** Weights `[count, height, width, channels]`. */
  values: ArrayLike<number>;
}

/** Of all weights, the share that a scale reaches to; the few beyond look like its ends. */
export const COVERED = 0.995;

/** The filters of a snapshot; null where it holds something else. */
export function filtersIn({ arrays: { filters } }: Snapshot): FilterBank | null {
  if (filters?.shape.length !== 4) return null;
  const [count = 0, height = 0, width = 0, channels = 0] = filters.shape;
  return count * height * width * channels > 0
    ? { count, height, width, channels, values: filters.values }
    : null;
}

/** Weights of one filter. */
export const filterSize = ({ height, width, channels }: Omit<FilterBank, 'values' | 'count'>): number =>
  height * width * channels;

const sameShape = (a: FilterBank, b: FilterBank): boolean =>
  a.count === b.count && a.height === b.height && a.width === b.width && a.channels === b.channels;

/** Whether two runs' filters are the same, weight by weight: then filter i of one belongs to filter i of the other. */
export const equalFilters = (a: FilterBank, b: FilterBank): boolean =>
  sameShape(a, b) && Array.prototype.every.call(a.values, (value: number, i) => value === b.values[i]);

/** What has been added to every weight since the start; null where the start is not of this layer. */
export function changeSince(start: FilterBank, now: FilterBank): FilterBank | null {
  if (!sameShape(start, now)) return null;
  const { values } = now;
  return {
    ...now,
    values: Float32Array.from(
      { length: values.length },
      (_, i) => (values[i] ?? NaN) - (start.values[i] ?? NaN),
    ),
  };
}

/** √(mean of squares); NaN of no values. */
export function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? NaN) ** 2;
  return Math.sqrt(sum / values.length);
}

/**
 * How alike neighbours are, beside or below each other in a filter: Σ aᵢ aⱼ / √(Σ aᵢ² Σ aⱼ²) over all such pairs of one
 * channel. Near 1 for smooth filters, near 0 for weights that have nothing to do with each other, below 0 for fine stripes.
 * NaN where there are no neighbours, or nothing but zeros.
 */
export function neighbourLikeness(bank: FilterBank): number {
  const { count, height, width, channels, values } = bank;
  const at = (filter: number, y: number, x: number, channel: number): number =>
    values[((filter * height + y) * width + x) * channels + channel] ?? NaN;
  let [both, first, second] = [0, 0, 0];
  const add = (a: number, b: number): void => {
    both += a * b;
    first += a * a;
    second += b * b;
  };
  for (let filter = 0; filter < count; filter++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let channel = 0; channel < channels; channel++) {
          const value = at(filter, y, x, channel);
          if (x + 1 < width) add(value, at(filter, y, x + 1, channel));
          if (y + 1 < height) add(value, at(filter, y + 1, x, channel));
        }
  return both / Math.sqrt(first * second);
}

/** The size that the share `COVERED` of some weights stay within; 0 of none that is finite. */
export function coveringLimit(values: ArrayLike<number>): number {
  const sizes = Float64Array.from({ length: values.length }, (_, i) => Math.abs(values[i] ?? NaN))
    .filter((size) => Number.isFinite(size))
    .sort();
  return sizes[Math.ceil(COVERED * sizes.length) - 1] ?? 0;
}

/** Largest size of the weights of one filter. */
export function largestOf(bank: FilterBank, filter: number): number {
  const size = filterSize(bank);
  let most = 0;
  for (let i = filter * size; i < (filter + 1) * size; i++)
    most = Math.max(most, Math.abs(bank.values[i] ?? 0));
  return most;
}

/**
 * The next number of two significant digits, so that the ends of a scale are easily said and seldom move while it grows.
 * @returns 1 for nothing
 */
export function roundedUp(limit: number): number {
  if (!(limit > 0) || !Number.isFinite(limit)) return 1;
  const unit = 10 ** (Math.floor(Math.log10(limit)) - 1);
  return Number((Math.ceil(limit / unit - 1e-9) * unit).toPrecision(2));
}
