import { philox4x32, type PhiloxCounter, type PhiloxKey } from './philox';

/**
 * How a stream's words are counted, here and in every shader that draws:
 *
 * - key: the first 64 bits of the digest of the seed and the labels forked through (`philox-rng.ts`),
 * - counter: [block mod 2³², ⌊block / 2³²⌋, step, 0],
 * - word i of a step is word i mod 4 of block ⌊i / 4⌋.
 *
 * Step 0 is what the stream itself gives when it is drawn from one number after the other.
 */
export const counterOf = (block: number, step: number): PhiloxCounter => [
  block % 2 ** 32,
  Math.floor(block / 2 ** 32),
  step >>> 0,
  0,
];

/** The first `count` words of a stream at a step. */
export function streamWords(key: PhiloxKey, step: number, count: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let at = 0; at < count; at += 4) {
    const block = philox4x32(counterOf(at / 4, step), key);
    for (let i = 0; i < 4; i++) words[at + i] = block[i] ?? 0; // past the end it writes nothing
  }
  return words;
}

/** Bits of a word that make a uniform number: as many as float32 holds exactly over all of [0, 1). */
export const UNIFORM_BITS = 24;

/** A word as a number in [0, 1): its upper 24 bits, exact in float32. */
export const uniformOf = (word: number): number => (word >>> (32 - UNIFORM_BITS)) / 2 ** UNIFORM_BITS;

/**
 * Two words as two independent standard normal numbers, by Box and Muller (1958): r cos φ and r sin φ with
 * r = √(−2 ln(1 − u)) and φ = 2πv. Beyond √(2 ln 2²⁴) ≈ 5.8 there are none.
 */
export function normalsOf(first: number, second: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformOf(first)));
  const angle = 2 * Math.PI * uniformOf(second);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
