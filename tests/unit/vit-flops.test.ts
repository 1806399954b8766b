import { describe, expect, it } from 'vitest';
import { capacityTokens, tokensPerBlock } from '../../src/methods/routing/capacity';
import { isoFlopModel, vitFlops } from '../../src/nn/vit-flops';

const imageNet = (width: number, blocks: readonly number[]) =>
  vitFlops({
    tokens: 197,
    patchValues: 3 * 16 * 16,
    width,
    mlpRatio: 4,
    classes: 1000,
    tokensPerBlock: blocks,
  }) / 1e9;
const dense = (depth: number) => new Array<number>(depth).fill(197);
const routed = (depth: number, capacity: number) => tokensPerBlock(depth, 197, capacity);

describe('vitFlops', () => {
  // Dense, capacity 50 %, capacity 12.5 %, in 1e9 multiply-accumulates to the last digit, each followed by what the
  // paper prints (tables 1 and 5). The paper's last digit is sometimes truncated, so it may lie one unit lower.
  it.each([
    ['DeiT-T', 192, 12, [1.258, 1.258], [0.927, 0.927], [0.709, 0.709]],
    ['DeiT-S', 384, 12, [4.608, 4.608], [3.42, 3.42], [2.591, 2.591]],
    ['ViT-B', 768, 12, [17.583, 17.583], [13.105, 13.104], [9.876, 9.875]],
    ['ViT-L', 1024, 24, [61.604, 61.604], [45.926, 45.925], [34.521, 34.52]],
  ] as const)('gives the printed numbers of %s', (_name, width, depth, whole, half, eighth) => {
    const computed = [dense(depth), routed(depth, 0.5), routed(depth, 0.125)].map((blocks) =>
      imageNet(width, blocks).toFixed(3),
    );
    const expected = [whole, half, eighth];
    expect(computed).toEqual(expected.map(([exact]) => exact.toFixed(3)));
    for (const [i, [, printed]] of expected.entries())
      expect(Math.abs(Number(computed[i]) - printed)).toBeLessThan(0.0011);
  });

  it.each([
    ['DeiT-T', 192, 7, 0.746],
    ['DeiT-T', 192, 9, 0.951],
    ['DeiT-S', 384, 6, 2.333],
    ['DeiT-S', 384, 9, 3.471],
    ['ViT-B', 768, 6, 8.85],
    ['ViT-B', 768, 9, 13.216],
    ['ViT-L', 1024, 13, 33.44],
    ['ViT-L', 1024, 18, 46.242],
  ])('gives the isoFLOP numbers of %s, width %i, with %i blocks', (_name, width, depth, printed) => {
    expect(Math.abs(imageNet(width, dense(depth)) - printed)).toBeLessThanOrEqual(0.00051);
  });

  it('gives the small models of the lab: 50 tokens, width 64, MLP ratio 2', () => {
    const small = (blocks: readonly number[]) =>
      vitFlops({
        tokens: 50,
        patchValues: 16,
        width: 64,
        mlpRatio: 2,
        classes: 10,
        tokensPerBlock: blocks,
      }) / 1e6;
    const all = new Array<number>(6).fill(50);
    expect(small(all)).toBeCloseTo(12.01, 2);
    expect(small(tokensPerBlock(6, 50, 0.5))).toBeCloseTo(8.78, 2);
    expect(small(tokensPerBlock(6, 50, 0.25))).toBeCloseTo(7.3, 2);
    expect(small(tokensPerBlock(6, 50, 0.125))).toBeCloseTo(6.65, 2);
    for (const [depth, printed] of [
      [5, 10.02],
      [4, 8.03],
      [3, 6.04],
    ] as const)
      expect(small(all.slice(0, depth))).toBeCloseTo(printed, 2);
  });
});

describe('isoFlopModel', () => {
  const shape = (width: number) => ({ tokens: 197, patchValues: 768, width, mlpRatio: 4, classes: 1000 });
  const model = (width: number, depth: number, capacity: number) => {
    const wanted = vitFlops({ ...shape(width), tokensPerBlock: routed(depth, capacity) });
    return isoFlopModel(shape(width), wanted, depth);
  };

  it.each([
    ['DeiT-T at 12.5 %', 192, 12, 0.125, 7],
    ['DeiT-T at 50 %', 192, 12, 0.5, 9],
    ['DeiT-S at 50 %', 384, 12, 0.5, 9],
    ['ViT-B at 50 %', 768, 12, 0.5, 9],
    ['ViT-L at 12.5 %', 1024, 24, 0.125, 13],
    ['ViT-L at 50 %', 1024, 24, 0.5, 18],
  ] as const)('has the depth the paper chose for %s', (_name, width, depth, capacity, printed) => {
    expect(model(width, depth, capacity).depth).toBe(printed);
  });

  it.each([
    ['DeiT-S', 384],
    ['ViT-B', 768],
  ] as const)('is one block deeper than the paper’s for %s at 12.5 %, which is closer', (_name, width) => {
    const ours = model(width, 12, 0.125);
    expect(ours.depth).toBe(7);
    const printed = 1e9 * imageNet(width, dense(6));
    const wanted = ours.flopsPerImage / (1 + ours.mismatch);
    expect(Math.abs(ours.mismatch)).toBeLessThan(Math.abs(printed / wanted - 1));
  });

  it('at capacity 1 is the dense model itself', () => {
    expect(model(192, 12, 1)).toMatchObject({ depth: 12, mismatch: 0 });
  });
});

describe('capacityTokens', () => {
  it('floors, and keeps at least one token', () => {
    expect(capacityTokens(0.5, 197)).toBe(98);
    expect(capacityTokens(0.125, 197)).toBe(24);
    expect(capacityTokens(1, 50)).toBe(50);
    expect(capacityTokens(1 / 16, 10)).toBe(1);
  });
});
