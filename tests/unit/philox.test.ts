import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../../src/math/philox';
import { createRng, keyOf } from '../../src/math/philox-rng';
import { normalsOf, streamWords, uniformOf } from '../../src/math/philox-stream';

describe('Philox4x32-10', () => {
  // Known-answer vectors published with the Random123 library.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the published words for counter %j', (counter, key, words) => {
    expect(philox4x32(counter, key)).toEqual([...words]);
  });
});

describe('createRng', () => {
  it('repeats for a seed and differs between seeds and labels', () => {
    const draw = (rng = createRng(7)) => Array.from({ length: 5 }, () => rng.uniform());
    expect(draw()).toEqual(draw());
    expect(draw()).not.toEqual(draw(createRng(8)));
    expect(draw(createRng(7).fork('a'))).not.toEqual(draw(createRng(7).fork('b')));
  });

  it('forks without advancing, whatever was drawn before', () => {
    const a = createRng(1);
    const b = createRng(1);
    b.uniform();
    b.fork('other').normal();
    expect(a.fork('order').uniform()).toBe(b.fork('order').uniform());
    b.uniform();
    a.uniform();
    a.uniform();
    expect(a.uniform()).toBe(b.uniform());
  });

  it('keeps labels with separators apart', () => {
    const rng = createRng(1);
    expect(rng.fork('a/b').uniform()).not.toBe(rng.fork('a').fork('b').uniform());
  });

  it('permutes: every number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.nat(), (n, seed) => {
        const order = createRng(seed).permutation(n);
        expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('draws below a bound uniformly (chi-squared, 9 degrees of freedom, p > 0.001)', () => {
    const rng = createRng(3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20000; i++) {
      const k = rng.below(10);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    const chi = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    expect(chi).toBeLessThan(27.88);
  });

  it('draws normal numbers with mean 0, variance 1 and the right tails', () => {
    const rng = createRng(5);
    const draws = Float64Array.from({ length: 40000 }, () => rng.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    const beyondTwo = draws.filter((x) => Math.abs(x) > 2).length / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.005);
  });

  it('refuses an impossible bound', () => {
    expect(() => createRng(0).below(0)).toThrow(RangeError);
    expect(() => createRng(0).below(1.5)).toThrow(RangeError);
  });
});

describe('the words of a stream at a step', () => {
  const rng = createRng(7).fork('noise');
  const key = keyOf(rng);

  it('are at step 0 what the stream gives one after the other', () => {
    const again = createRng(7).fork('noise');
    const drawn = Array.from({ length: 11 }, () => again.uniform() * 2 ** 32);
    expect([...streamWords(key, 0, 11)]).toEqual(drawn);
  });

  it('put the step into the third word of the counter', () => {
    expect([...streamWords(key, 5, 8).subarray(4)]).toEqual(philox4x32([1, 0, 5, 0], key));
    expect([...streamWords(key, -1, 4)]).toEqual(philox4x32([0, 0, 0xffffffff, 0], key));
  });

  it('do not depend on how many are asked for', () => {
    expect([...streamWords(key, 3, 5)]).toEqual([...streamWords(key, 3, 100).subarray(0, 5)]);
    expect(streamWords(key, 3, 0).length).toBe(0);
  });

  it('are others for each step, seed and label', () => {
    const firsts = [
      ...[0, 1, 2].map((step) => streamWords(key, step, 1)[0]),
      streamWords(keyOf(createRng(8).fork('noise')), 0, 1)[0],
      streamWords(keyOf(createRng(7).fork('crop')), 0, 1)[0],
    ];
    expect(new Set(firsts).size).toBe(5);
  });

  it('become uniform numbers that float32 holds exactly, below 1', () => {
    expect([0, 0xff, 0x100, 0xffffffff].map(uniformOf)).toEqual([0, 0, 2 ** -24, 1 - 2 ** -24]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        expect(Math.fround(uniformOf(word))).toBe(uniformOf(word));
      }),
    );
  });

  it('become normal numbers, finite for every pair of words', () => {
    expect(normalsOf(0, 12345).map(Math.abs)).toEqual([0, 0]); // 1 − u = 1
    const [largest] = normalsOf(0xffffffff, 0);
    expect(largest).toBeCloseTo(Math.sqrt(2 * Math.log(2 ** 24)), 10);
  });
});

describe('keyOf', () => {
  it('refuses a stream that is none of ours', () => {
    const rng = createRng(1);
    expect(() =>
      keyOf({
        ...rng,
        uniform: () => 0.5,
        normal: () => 0,
        below: () => 0,
        permutation: (n) => new Uint32Array(n),
        fork: () => rng,
      }),
    ).toThrow(TypeError);
  });
});
