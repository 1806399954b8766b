import type { Rng } from '../math/rng';
import { digestBytes } from '../spec/digest';

/**
 * Which examples each training step sees. Every epoch is a fresh permutation of all examples that depends on the seed
 * and the epoch's number alone, so that variants of one seed see the same batches and any step can be asked for
 * first, as after loading a checkpoint. A last batch that would be short is dropped: each step has the same shape.
 */
export class EpochOrder {
  /** Whole batches in an epoch. */
  readonly stepsPerEpoch: number;
  #epoch = -1;
  #permutation = new Uint32Array(0);
  #digest = '';
  readonly #rng: Rng;
  readonly #count: number;
  readonly #batch: number;

  /**
   * @param rng the stream for the order, such as `root.fork('order')`; it is forked by epoch, never drawn from
   * @param count examples
   * @param batch examples a step
   * @throws RangeError unless 1 ≤ batch ≤ count, both whole.
   */
  constructor(rng: Rng, count: number, batch: number) {
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(batch) || batch < 1 || batch > count) {
      throw new RangeError(`Batches of ${batch} cannot be drawn from ${count} examples.`);
    }
    this.#rng = rng;
    this.#count = count;
    this.#batch = batch;
    this.stepsPerEpoch = Math.floor(count / batch);
  }

  /**
   * SHA-256 over the batch's size and the order of the first epoch, four bytes a number with the least first. The stream that
   * makes it makes all later ones: equal digests mean equal batches at every step.
   */
  get digest(): string {
    if (this.#digest) return this.#digest;
    this.batchOf(0);
    const bytes = new DataView(new ArrayBuffer(4 * (1 + this.#count)));
    [this.#batch, ...this.#permutation].forEach((value, i) => {
      bytes.setUint32(4 * i, value, true);
    });
    return (this.#digest = digestBytes(new Uint8Array(bytes.buffer)));
  }

  /**
   * The examples of a step, counted from 0 over all epochs. A view: copy it before changing it.
   * @throws RangeError for a step that is negative or not whole.
   */
  batchOf(step: number): Uint32Array {
    if (!Number.isSafeInteger(step) || step < 0) throw new RangeError(`There is no training step ${step}.`);
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#permutation = Uint32Array.from(this.#rng.fork(String(epoch)).permutation(this.#count));
      this.#epoch = epoch;
    }
    const start = (step % this.stepsPerEpoch) * this.#batch;
    return this.#permutation.subarray(start, start + this.#batch);
  }
}
