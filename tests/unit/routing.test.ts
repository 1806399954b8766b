import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCompute } from '../../src/engine/open-compute';
import { hasAttentionBefore, routedBlocks } from '../../src/methods/routing/capacity';
import { routingLaws } from '../support/routing-laws';

beforeAll(async () => {
  await openCompute('cpu');
  expect(tf.getBackend()).toBe('cpu');
});

describe('routing in plain JavaScript', routingLaws);

describe('routedBlocks', () => {
  const numbers = (...args: Parameters<typeof routedBlocks>) =>
    routedBlocks(...args).flatMap((isRouted, index) => (isRouted ? [index + 1] : []));

  it('routes every second block, the last of an even depth included', () => {
    expect(numbers(12, 'alternate')).toEqual([2, 4, 6, 8, 10, 12]);
    expect(numbers(5, 'alternate')).toEqual([2, 4]);
    expect(numbers(1, 'alternate')).toEqual([]);
  });

  it('leaves the first third dense when routing late: of 12 blocks the first four, as in the paper', () => {
    expect(numbers(12, 'late')).toEqual([6, 8, 10, 12]);
    expect(numbers(24, 'late')).toEqual([10, 12, 14, 16, 18, 20, 22, 24]);
    expect(numbers(6, 'late')).toEqual([4, 6]);
    expect(numbers(4, 'late')).toEqual([4]);
    expect(numbers(2, 'late')).toEqual([2]);
  });

  it('routes what a list names, in any order, and refuses what is no block', () => {
    expect(numbers(4, 'list', [3, 2])).toEqual([2, 3]);
    expect(numbers(4, 'list', [])).toEqual([]);
    expect(routedBlocks(4, 'list', [1])).toHaveLength(4);
    for (const wrong of [0, 5, 1.5, -1, NaN])
      expect(() => routedBlocks(4, 'list', [2, wrong])).toThrow(RangeError);
  });

  it('finds attention before every routed block but the very first', () => {
    expect(hasAttentionBefore(routedBlocks(4, 'alternate'))).toBe(true);
    expect(hasAttentionBefore(routedBlocks(4, 'list', [2, 3, 4]))).toBe(true);
    expect(hasAttentionBefore(routedBlocks(4, 'list', [1, 3]))).toBe(false);
    expect(hasAttentionBefore([])).toBe(true);
  });
});
