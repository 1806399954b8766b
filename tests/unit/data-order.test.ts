import { describe, expect, it } from 'vitest';
import { EpochOrder } from '../../src/data/order';
import type { Rng } from '../../src/math/rng';

/** Small and poor, but its forks depend on their labels and drawing leaves them alone. */
function toyRng(label: string): Rng {
  let state = Array.from(label).reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 65_537, 7);
  const below = (bound: number) => (state = (state * 75 + 74) % 65_537) % bound;
  return {
    below,
    uniform: () => below(65_536) / 65_536,
    normal: () => 0,
    fork: (name) => toyRng(`${label}/${name}`),
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      }
      return order;
    },
  };
}

const order = (seed: string, count = 103, batch = 10) => new EpochOrder(toyRng(seed), count, batch);
const epochOf = (from: EpochOrder, epoch: number) =>
  Array.from({ length: from.stepsPerEpoch }, (_, step) => [
    ...from.batchOf(epoch * from.stepsPerEpoch + step),
  ]);

describe('the order of examples', () => {
  it('sees each example at most once an epoch, all but the short last batch', () => {
    for (const epoch of [0, 1, 7]) {
      const seen = epochOf(order('a'), epoch).flat();
      expect(seen).toHaveLength(100);
      expect(new Set(seen).size).toBe(100);
      expect(Math.max(...seen)).toBeLessThan(103);
    }
  });

  it('is a permutation where batches divide the examples', () => {
    const seen = epochOf(order('a', 60, 12), 3).flat();
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('is another one each epoch and for each seed', () => {
    expect(epochOf(order('a'), 0)).not.toEqual(epochOf(order('a'), 1));
    expect(epochOf(order('a'), 0)).not.toEqual(epochOf(order('b'), 0));
  });

  it('is the same for each variant of a seed, whatever else they draw', () => {
    const rng = toyRng('a');
    rng.uniform();
    expect(epochOf(new EpochOrder(rng, 103, 10), 2)).toEqual(epochOf(order('a'), 2));
  });

  it('has a digest that is the same where all batches are, whichever was asked for', () => {
    const { digest } = order('a');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const later = order('a');
    const before = [...later.batchOf(25)];
    expect(later.digest).toBe(digest);
    expect([...later.batchOf(25)]).toEqual(before);
    for (const other of [order('b'), order('a', 104), order('a', 103, 11)])
      expect(other.digest).not.toBe(digest);
  });

  it('can be asked for any step first', () => {
    const whole = order('a');
    const batches = Array.from({ length: 35 }, (_, step) => [...whole.batchOf(step)]);
    for (const step of [34, 3, 17, 0, 20]) expect([...order('a').batchOf(step)]).toEqual(batches[step]);
    const jumping = order('a');
    for (const step of [34, 3, 17, 0, 20]) expect([...jumping.batchOf(step)]).toEqual(batches[step]);
  });

  it.each([
    [10, 11],
    [10, 0],
    [10, 2.5],
    [0, 1],
  ])('refuses %i examples in batches of %d', (count, batch) => {
    expect(() => order('a', count, batch)).toThrow(RangeError);
  });

  it.each([-1, 0.5, NaN])('has no step %d', (step) => {
    expect(() => order('a').batchOf(step)).toThrow(RangeError);
  });
});
