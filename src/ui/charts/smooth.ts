/**
 * De-biased exponential moving average, as TensorBoard draws it: an average that starts from 0 with the factor `s` is
 * divided by 1 − sⁿ after n values, so that the first values are not pulled towards 0. Values that cannot be averaged
 * (not finite, or not positive in log space) are passed through and leave the average untouched.
 *
 * Keeps its place, so that a growing column costs only its new values.
 */
export class Ema {
  readonly #weight: number;
  readonly #log: boolean;
  #source: Float64Array | null = null;
  #values = new Float64Array(0);
  #done = 0;
  #average = 0;
  /** sⁿ */
  #bias = 1;
  #low = Infinity;
  #high = -Infinity;

  /** @param weight factor s, 0 ≤ s < 1 · @param log average the logarithms, for a log axis. */
  constructor(weight: number, log: boolean) {
    this.#weight = weight;
    this.#log = log;
  }

  /** Smooths `y` up to `length`. Goes on from the last call where it is given the same column again, else starts afresh. */
  extend(y: Float64Array, length: number): Float64Array {
    if (y !== this.#source || length < this.#done) this.#restart(y);
    const floor = this.#log ? 0 : -Infinity;
    for (let i = this.#done; i < length; i++) {
      const value = y[i] ?? NaN;
      this.#values[i] = value > floor && value < Infinity ? this.#add(value) : value;
    }
    this.#done = length;
    return this.#values;
  }

  #restart(y: Float64Array): void {
    this.#source = y;
    this.#values = new Float64Array(y.length);
    this.#done = 0;
    this.#average = 0;
    this.#bias = 1;
    this.#low = Infinity;
    this.#high = -Infinity;
  }

  #add(value: number): number {
    const s = this.#weight;
    this.#average = s * this.#average + (1 - s) * (this.#log ? Math.log(value) : value);
    this.#bias *= s;
    this.#low = Math.min(this.#low, value);
    this.#high = Math.max(this.#high, value);
    const mean = this.#average / (1 - this.#bias);
    // An average lies within what it averages: the bounds take rounding out, and a constant series stays as it is.
    return Math.min(this.#high, Math.max(this.#low, this.#log ? Math.exp(mean) : mean));
  }
}

/** {@link Ema} of a finished column. */
export function smooth(y: Float64Array, weight: number, log = false): Float64Array {
  return new Ema(weight, log).extend(y, y.length);
}
