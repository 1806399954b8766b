import { digestOf } from '../spec/digest';
import { philox4x32, type PhiloxKey } from './philox';
import { counterOf } from './philox-stream';
import type { Rng } from './rng';

const TWO_32 = 2 ** 32;

/**
 * Random stream of a seed. Its key is a hash of the seed and of the labels forked through, so that streams with
 * different labels are independent and the order of forking does not matter.
 */
export function createRng(seed: number): Rng {
  return new PhiloxRng(`seed ${seed}`);
}

/**
 * The key of a stream, to draw its words elsewhere, as on the GPU (`philox-stream.ts`).
 * @throws TypeError for a stream that is not made by `createRng`.
 */
export function keyOf(rng: Rng): PhiloxKey {
  if (!(rng instanceof PhiloxRng)) throw new TypeError('only streams of createRng have a Philox key');
  return rng.key;
}

class PhiloxRng implements Rng {
  readonly key: PhiloxKey;
  private drawn = 0;
  private block: readonly number[] = [];
  private spareNormal: number | null = null;

  constructor(private readonly path: string) {
    const digest = digestOf(path);
    this.key = [Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16)];
  }

  fork(label: string): Rng {
    return new PhiloxRng(`${this.path}/${encodeURIComponent(label)}`);
  }

  private word(): number {
    const place = this.drawn % 4;
    if (place === 0) {
      this.block = philox4x32(counterOf(this.drawn / 4, 0), this.key);
    }
    this.drawn++;
    return this.block[place] ?? 0;
  }

  uniform(): number {
    return this.word() / TWO_32;
  }

  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    // Box–Muller; 1 − u lies in (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_32)
      throw new RangeError(`A bound must be a whole number from 1 to 2^32, got ${bound}`);
    // Words past the last whole multiple of the bound are rejected: they would favour small results.
    const limit = TWO_32 - (TWO_32 % bound);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % bound;
    }
  }

  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = kept;
    }
    return order;
  }
}
