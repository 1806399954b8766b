/**
 * A stream of random numbers that is an argument, never a global.
 * `fork` derives an independent stream from a label and leaves this one untouched, so that a parameter's initial value
 * depends on the seed and its own name alone, whatever else is drawn before it.
 */
export interface Rng {
  /** Next number, uniform in [0, 1) with 32 bits. */
  uniform(): number;
  /** Next standard normal number. */
  normal(): number;
  /** Next whole number, uniform in [0, bound). Unbiased. */
  below(bound: number): number;
  /** The numbers 0 … n−1 in random order (Fisher–Yates). */
  permutation(n: number): Uint32Array;
  /** An independent stream for this label. */
  fork(label: string): Rng;
}
