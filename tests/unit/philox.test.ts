import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../../src/math/philox';
import { createRng } from '../../src/math/philox-rng';

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
