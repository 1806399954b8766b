import { tCritical } from './student-t';

/** Values of one seed by step. The first `length` entries count; those once counted never change. */
export interface SeedColumn {
  /** Tells seeds apart from one call to the next. */
  id: string;
  /** Ascending. */
  step: Float64Array;
  /** Where each step lies on the axis, ascending. */
  x: Float64Array;
  y: Float64Array;
  length: number;
}

/** Share of intervals that hold the true mean, where values are independent and normal. */
export const BAND_LEVEL = 0.95;

/** How far a seed has been taken in: of its points `taken`, the last one, at `x` and `y`, into row `row`. */
interface Place {
  taken: number;
  row: number;
  x: number;
  y: number;
}

/** Whether a column still begins as it did. */
const goesOn = ({ x, y, length }: SeedColumn, place: Place): boolean =>
  length >= place.taken &&
  (place.taken === 0 || (Object.is(x[place.taken - 1], place.x) && Object.is(y[place.taken - 1], place.y)));

/** Distance from the mean to either end of the interval, in units of the square root of Welford's sum of squares, by n. */
const reaches: number[] = [];
function reachOf(n: number): number {
  return (reaches[n] ??= n < 2 ? NaN : tCritical(1 - BAND_LEVEL, n - 1) / Math.sqrt((n - 1) * n));
}

const grown = <T extends Float64Array | Uint16Array>(column: T, larger: T): T => {
  larger.set(column);
  return larger;
};

/**
 * Mean over seeds at equal steps, with the two-sided t-interval of that mean,
 *   x̄ ± t₍₁₊level₎∕₂, n−1 · s ∕ √n,
 * where n is the number of seeds that have got to that step. A single seed has a mean and no interval. On a log axis both
 * are of the logarithms and taken back: the geometric mean, and an interval that is as wide upwards as downwards as a
 * factor. A value that is not finite, or not positive where logarithms are taken, leaves mean and interval NaN: a seed that
 * diverged must be seen.
 *
 * Sums are kept by step (Welford's recurrence), so that taking in further points costs only those points; rows that a
 * slower seed reaches later change in place. Seeds whose steps lie between those of others cost one pass over all points.
 */
export class SeedBand {
  /** Rows that count. */
  length = 0;
  step = new Float64Array(64);
  x = new Float64Array(64);
  /** The mean. */
  y = new Float64Array(64);
  /** Ends of the interval; NaN where there is none. */
  low = new Float64Array(64);
  high = new Float64Array(64);
  /** Seeds that the row is of. */
  n = new Uint16Array(64);

  readonly #log: boolean;
  readonly #sharedX: boolean;
  #places = new Map<string, Place>();
  /** Rows by their number of seeds. */
  #rowsWith: number[] = [];
  /** Of the values, or of their logarithms. */
  #mean = new Float64Array(64);
  #squares = new Float64Array(64);
  /** Where steps differ in x: how far the seeds moved along the axis since the row before, and how many of them did. */
  #moved = new Float64Array(64);
  #movers = new Uint16Array(64);

  /**
   * @param log take means of logarithms
   * @param sharedX equal steps have equal x. Where they have not, on an axis of seconds, a row lies at the seeds' mean x; from
   * where a seed ends, it goes on by how far the others move, so that x never falls.
   */
  constructor({ log, sharedX }: { log: boolean; sharedX: boolean }) {
    this.#log = log;
    this.#sharedX = sharedX;
  }

  /** Takes in what is new of the seeds. Starts afresh where one is gone, or was cut to be told again from an earlier step. */
  extend(seeds: readonly SeedColumn[]): void {
    const known = seeds.filter((seed) => {
      const place = this.#places.get(seed.id);
      return place !== undefined && goesOn(seed, place);
    });
    if (known.length < this.#places.size) this.#clear();
    let first = Infinity;
    for (const seed of seeds) {
      const from = this.#take(seed);
      if (from === null) {
        this.#rebuild(seeds);
        first = 0;
        break;
      }
      first = Math.min(first, from);
    }
    if (!this.#sharedX) this.#lineUp(first);
  }

  /** Fewest and most seeds that any row is of; null where there is no row. */
  get seeds(): readonly [fewest: number, most: number] | null {
    const fewest = this.#rowsWith.findIndex((rows, n) => n > 0 && rows > 0);
    return fewest < 0 ? null : [fewest, this.#rowsWith.findLastIndex((rows) => rows > 0)];
  }

  #clear(): void {
    this.length = 0;
    this.#places.clear();
    this.#rowsWith = [];
  }

  /** Takes in the new points of a seed and returns the first row that changed; null where a row would have to be put in between. */
  #take(seed: SeedColumn): number | null {
    const place = this.#places.get(seed.id) ?? { taken: 0, row: -1, x: 0, y: NaN };
    this.#places.set(seed.id, place);
    let first = Infinity;
    for (; place.taken < seed.length; place.taken++) {
      const step = seed.step[place.taken] ?? NaN;
      let row = place.row + 1;
      while (row < this.length && (this.step[row] ?? NaN) < step) row++;
      if (row === this.length) this.#push(step);
      else if (this.step[row] !== step) return null;
      first = Math.min(first, row);
      const [x, y] = [seed.x[place.taken] ?? NaN, seed.y[place.taken] ?? NaN];
      this.#add(row, y);
      if (this.#sharedX) this.x[row] = x;
      else if (place.row === row - 1) {
        this.#moved[row] = (this.#moved[row] ?? 0) + x - place.x;
        this.#movers[row] = (this.#movers[row] ?? 0) + 1;
      }
      place.x = x;
      place.y = y;
      place.row = row;
    }
    return first;
  }

  #push(step: number): void {
    const row = this.length++;
    if (row === this.step.length) this.#grow(2 * row);
    this.step[row] = step;
    this.n[row] = this.#movers[row] = 0;
    this.#mean[row] = this.#squares[row] = this.#moved[row] = 0;
  }

  #grow(capacity: number): void {
    const doubles = (column: Float64Array<ArrayBuffer>) => grown(column, new Float64Array(capacity));
    [this.step, this.x, this.y] = [doubles(this.step), doubles(this.x), doubles(this.y)];
    [this.low, this.high] = [doubles(this.low), doubles(this.high)];
    [this.#mean, this.#squares, this.#moved] = [
      doubles(this.#mean),
      doubles(this.#squares),
      doubles(this.#moved),
    ];
    this.n = grown(this.n, new Uint16Array(capacity));
    this.#movers = grown(this.#movers, new Uint16Array(capacity));
  }

  #add(row: number, value: number): void {
    const before = this.n[row] ?? 0;
    const n = before + 1;
    this.n[row] = n;
    if (before > 0) this.#rowsWith[before] = (this.#rowsWith[before] ?? 0) - 1;
    this.#rowsWith[n] = (this.#rowsWith[n] ?? 0) + 1;

    const taken = this.#log ? (value > 0 ? Math.log(value) : NaN) : value;
    const off = taken - (this.#mean[row] ?? 0);
    const mean = before === 0 ? taken : (this.#mean[row] ?? 0) + off / n;
    const squares = before === 0 ? 0 : (this.#squares[row] ?? 0) + off * (taken - mean);
    this.#mean[row] = mean;
    this.#squares[row] = squares;
    const half = reachOf(n) * Math.sqrt(squares);
    this.y[row] = this.#log ? Math.exp(mean) : mean;
    this.low[row] = this.#log ? Math.exp(mean - half) : mean - half;
    this.high[row] = this.#log ? Math.exp(mean + half) : mean + half;
  }

  /** With a row for every step of any seed from the outset. */
  #rebuild(seeds: readonly SeedColumn[]): void {
    this.#clear();
    const steps = seeds.flatMap(({ step, length }) => [...step.subarray(0, length)]).sort((a, b) => a - b);
    for (const [i, step] of steps.entries()) if (step !== steps[i - 1]) this.#push(step);
    for (const seed of seeds) this.#take(seed);
  }

  /** Lines rows up along x from one of them on. */
  #lineUp(first: number): void {
    for (let row = first; row < this.length; row++) {
      const movers = this.#movers[row] ?? 0;
      const moved = movers > 0 ? (this.#moved[row] ?? 0) / movers : 0;
      this.x[row] = (row > 0 ? (this.x[row - 1] ?? 0) : 0) + moved;
    }
  }
}
