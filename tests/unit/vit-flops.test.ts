import { describe, expect, it } from 'vitest';
import { capacityTokens, routedBlocks, type RoutedPattern } from '../../src/methods/routing/capacity';
import { blockFlops, isoFlopModel, vitFlops } from '../../src/nn/vit-flops';

/** In 1e9 multiply-accumulates. */
const imageNet = (width: number, blocks: readonly number[], routerFlops = 0) =>
  vitFlops({
    tokens: 197,
    patchValues: 3 * 16 * 16,
    width,
    mlpRatio: 4,
    classes: 1000,
    tokensPerBlock: blocks,
    routerFlops,
  }) / 1e9;
const dense = (depth: number) => new Array<number>(depth).fill(197);
const tokensPerBlock = (
  depth: number,
  tokens: number,
  capacity: number,
  pattern: RoutedPattern = 'alternate',
): number[] =>
  routedBlocks(depth, pattern).map((isRouted) => (isRouted ? capacityTokens(capacity, tokens) : tokens));
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

  it('with a learned score per routed block prints the paper’s 13.105 where A-MoD prints 13.104', () => {
    const width = 768;
    const perBlock = 197 * width;
    const printed = (flops: number) => Math.floor(flops * 1000) / 1000; // the paper truncates here
    const blocks = routed(12, 0.5);
    expect(printed(imageNet(width, blocks))).toBe(13.104);
    expect(printed(imageNet(width, blocks, 6 * perBlock))).toBe(13.105);
    expect(1e9 * imageNet(width, blocks, 6 * perBlock)).toBe(1e9 * imageNet(width, blocks) + 6 * perBlock);
  });

  it('without a class token embeds as many patches as there are tokens', () => {
    const shape = { patchValues: 16, width: 64, mlpRatio: 2, classes: 10, tokensPerBlock: [49, 24] };
    const mean = vitFlops({ ...shape, tokens: 49, patches: 49 });
    const blocks = blockFlops(49, 64, 2) + blockFlops(24, 64, 2);
    expect(mean).toBe(49 * 16 * 64 + blocks + 5 * 49 * 64 + 64 * 10);
    const withClassToken = { ...shape, tokens: 49 };
    expect(vitFlops({ ...withClassToken, patches: 48 })).toBe(vitFlops(withClassToken));
    expect(mean - vitFlops(withClassToken)).toBe(16 * 64);
  });

  it('costs more when fewer blocks are routed', () => {
    const late = imageNet(384, tokensPerBlock(12, 197, 0.5, 'late'));
    const each = blockFlops(197, 384, 4) - blockFlops(98, 384, 4);
    expect(1e9 * late).toBe(1e9 * imageNet(384, routed(12, 0.5)) + 2 * each);
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

  it('knows no router: a learned score in the wanted cost makes the match less close, not the dense model dearer', () => {
    const wanted = vitFlops({ ...shape(192), tokensPerBlock: dense(12) });
    const withRouter = { ...shape(192), routerFlops: 1e9 };
    expect(isoFlopModel(withRouter, wanted, 12)).toEqual({ depth: 12, flopsPerImage: wanted, mismatch: 0 });
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
